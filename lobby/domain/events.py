"""The events of a party: what can happen to it. To add a kind of event, start here.

A kind is a class, a member of the union `Event`, and, if it changes the party, a function in `evolve.APPLY`. The log on disk
has the names of the classes and of their fields: a field can be added with a default, but neither can be renamed. An event
carries what `evolve` needs to compute the party after it, and no more.
"""

from __future__ import annotations

from typing import ClassVar, get_args

from lobby.domain.model import (
    Attributes,
    Checkpoint,
    Continuation,
    Endpoint,
    Invite,
    Party,
    Player,
    Reservation,
    WaitingPlayer,
)
from lobby.domain.party_settings import PartySettings
from lobby.domain.regions import Pings
from lobby.domain.search import Search
from lobby.domain.values import (
    Attester,
    CancelReason,
    CloseReason,
    HostChangeReason,
    Instant,
    LeaderChangeReason,
    LeaveReason,
    PartyId,
    PlayerId,
    SessionId,
    SessionStatus,
)
from lobby.struct import Struct


class EventBase(Struct):
    """Facts about a kind of event, as class attributes."""

    raises_acted_version: ClassVar[bool] = True
    """False for an event that a member does not have to see before the next command: it does not outdate `if_version`."""
    changes_party: ClassVar[bool] = True
    """False for an event that leaves the party as it is, such as a chat message. It has no function in `evolve.APPLY`."""
    brings_ticket: ClassVar[bool] = False
    """True for an event with which every follower in the session gets a ticket of its own."""
    stops_in_maintenance: ClassVar[bool] = False
    """True for an event that does not happen during a maintenance: a command that would cause it is rejected with MAINTENANCE."""
    followers_see: ClassVar[str | None] = None
    """The name of the event of the public contract as which followers get this event; None: the name of its class."""


class PartyCreated(EventBase):
    """The first event of every log. A party without a first member has no `creator`."""

    stops_in_maintenance: ClassVar[bool] = True
    party_id: PartyId
    epoch: str
    creator: Player | None
    settings: PartySettings
    attributes: Attributes
    character_class: str | None
    join_code: str
    client_version: str | None = None
    """The version of the game that the creator runs."""
    team: int | None = None
    """The team of the creator."""
    reservations: tuple[Reservation, ...] = ()
    continues: Continuation | None = None
    """The saved run that the party was opened for; None for other parties."""
    external_key: str | None = None


class SettingsChanged(EventBase):
    """Settings, attributes and join code after the change. `changed` has the contract's camelCase names of what changed."""

    settings: PartySettings
    attributes: Attributes
    join_code: str
    changed: tuple[str, ...]


class MemberJoined(EventBase):
    """`late_join`: the player joined while a session was running."""

    player: Player
    character_class: str | None
    late_join: bool
    client_version: str | None = None
    team: int | None = None


class MemberLeft(EventBase):
    """A player is no longer a member. For a player who has left before: the former member is banned now (BANNED)."""

    player: Player
    reason: LeaveReason


class MemberUpdated(EventBase):
    """Class, ready, attributes, version of the game, team, mute and pings of a member after the change."""

    player_id: PlayerId
    character_class: str | None
    ready_for: int | None
    attributes: Attributes
    client_version: str | None = None
    team: int | None = None
    muted: bool = False
    pings: Pings = ()


class ReservationsChanged(EventBase):
    """The seats that are held for players, after the change. A player who takes a held seat joins without this event. Players
    for whom a seat is held now are no longer on the waiting list."""

    reservations: tuple[Reservation, ...]
    waiting: tuple[WaitingPlayer, ...] | None = None
    """The waiting list after the change, if players came back to it. None: it is as before, without those who have a seat now."""


class PlayerInvited(EventBase):
    """A member has invited a player. The invite is pending."""

    invite: Invite


class InviteEnded(EventBase):
    """An invite is no longer pending. `invite` has the state that it has now."""

    invite: Invite


class WaitingChanged(EventBase):
    """The waiting list after the change. A player who joins, or for whom a seat is held, leaves it without this event."""

    waiting: tuple[WaitingPlayer, ...]


class MemberConnectionChanged(EventBase):
    """A member has connected (`remove_at` None), or has disconnected and loses the seat at `remove_at`."""

    raises_acted_version: ClassVar[bool] = False
    player_id: PlayerId
    remove_at: Instant | None


class LeaderChanged(EventBase):
    """`previous`: None if the last leader has left the party."""

    previous: Player | None
    leader: Player
    reason: LeaderChangeReason
    term: int


class CountdownStarted(EventBase):
    """`forced`: members may be unready or disconnected."""

    stops_in_maintenance: ClassVar[bool] = True
    session_id: SessionId
    starts_at: Instant
    forced: bool
    seed: int | None = None


class CountdownCancelled(EventBase):
    """The party is WAITING again, and its session is gone."""

    reason: CancelReason


class SessionStarted(EventBase):
    """`allocation` is the allocator's name for the server, None if there is nothing to release after the session."""

    brings_ticket: ClassVar[bool] = True
    endpoint: Endpoint | None
    allocation: str | None = None
    host: Player | None = None
    """The first host, with term 1. None if no player hosts the session."""


class SessionUpdated(EventBase):
    """All that can change about a running session, after the change."""

    floor: int
    endpoint: Endpoint | None
    attributes: Attributes
    players: tuple[Player, ...]
    arrived: tuple[PlayerId, ...] = ()
    loaded: tuple[PlayerId, ...] = ()
    is_taken: bool = False
    """True if a game server has reported the endpoint, so that no player hosts the session any more."""


class HostLost(EventBase):
    """The host, or the player who was asked to host, is gone; `candidate` is asked now. See `model.HostMigration`."""

    previous: Player
    reason: HostChangeReason
    term: int
    asked: tuple[PlayerId, ...]
    candidate: Player | None
    report_by: Instant | None


class HostChanged(EventBase):
    """`host` has reported its endpoint, and hosts the session from now on."""

    brings_ticket: ClassVar[bool] = True
    host: Player
    term: int
    endpoint: Endpoint


class SessionGo(EventBase):
    """Play begins at `go_at`; the games of the players in `missing` have not loaded yet."""

    go_at: Instant
    missing: tuple[Player, ...]


class CheckpointSaved(EventBase):
    """The state of the run was saved. The store has the data from the same commit on."""

    raises_acted_version: ClassVar[bool] = False
    followers_see: ClassVar[str | None] = "SessionUpdated"
    checkpoint: Checkpoint


class TicketSpent(EventBase):
    """A game server has let the player in; the ticket is used up."""

    followers_see: ClassVar[str | None] = "SessionUpdated"
    player_id: PlayerId
    ticket_id: str
    expires_at: Instant


class GameServerSeen(EventBase):
    """A sign of life of the game server. The first one takes the session: from then on its silence ends it, and no player
    hosts it."""

    raises_acted_version: ClassVar[bool] = False
    followers_see: ClassVar[str | None] = "SessionUpdated"


class SessionEnded(EventBase):
    """`status` is COMPLETE or ABANDONED. All members are unready after it."""

    status: SessionStatus
    outcome: str | None
    attested_by: Attester | None = None


class MessagePosted(EventBase):
    """A chat message."""

    raises_acted_version: ClassVar[bool] = False
    changes_party: ClassVar[bool] = False
    author: Player
    text: str


class PartySearchChanged(EventBase):
    """A search has begun, has changed or has ended. `search`: after the change."""

    search: Search
    is_new: bool = False
    """True if the search has begun."""


class PartyClosed(EventBase):
    """The last event of a log."""

    reason: CloseReason
    last_member_ids: tuple[PlayerId, ...]


Event = (
    PartyCreated
    | SettingsChanged
    | MemberJoined
    | MemberLeft
    | MemberUpdated
    | ReservationsChanged
    | WaitingChanged
    | PlayerInvited
    | InviteEnded
    | MemberConnectionChanged
    | LeaderChanged
    | CountdownStarted
    | CountdownCancelled
    | SessionStarted
    | SessionUpdated
    | SessionGo
    | HostLost
    | HostChanged
    | CheckpointSaved
    | TicketSpent
    | GameServerSeen
    | SessionEnded
    | MessagePosted
    | PartySearchChanged
    | PartyClosed
)

EVENT_KINDS: tuple[type[Event], ...] = get_args(Event)
"""All kinds of events. Other lists of kinds derive from this one."""


def name_for_followers(kind: type[Event]) -> str:
    """The name of the event in the public contract, under which GraphQL and /updates send this kind."""
    return kind.followers_see or kind.__name__


class Entry(Struct):
    """One entry of a party's log, with the party after it. `seq` starts at 1 and has no gaps."""

    seq: int
    at: Instant
    actor_id: PlayerId | None
    """The player whose command this was; None if the server or a game server acted."""
    event: Event
    party: Party
