"""What can happen to a party, by the names of the public contract; each event carries what the fold needs, no more."""

from __future__ import annotations

from lobby.domain.model import Attributes, Endpoint, Party, PartySettings, Player
from lobby.domain.values import (
    CancelReason,
    CloseReason,
    Instant,
    LeaderChangeReason,
    LeaveReason,
    PartyId,
    PlayerId,
    SessionId,
    SessionStatus,
)
from lobby.value import Value


class PartyCreated(Value):
    """The first entry of every log. `creator` is None for a party made without its first member."""

    party_id: PartyId
    epoch: str
    creator: Player | None
    settings: PartySettings
    attributes: Attributes
    character_class: str | None
    join_code: str


class SettingsChanged(Value):
    """Settings, attributes and join code as they stand now; `changed`: what is new, as the contract spells it."""

    settings: PartySettings
    attributes: Attributes
    join_code: str
    changed: tuple[str, ...]


class MemberJoined(Value):
    player: Player
    character_class: str | None
    late_join: bool


class MemberLeft(Value):
    player: Player
    reason: LeaveReason


class MemberUpdated(Value):
    """What a member chose, as it stands now."""

    player_id: PlayerId
    character_class: str | None
    ready_for: int | None
    attributes: Attributes


class MemberConnectionChanged(Value):
    """`remove_at` None: connected."""

    player_id: PlayerId
    remove_at: Instant | None


class LeaderChanged(Value):
    previous: Player | None
    leader: Player
    reason: LeaderChangeReason
    term: int


class CountdownStarted(Value):
    session_id: SessionId
    starts_at: Instant
    forced: bool


class CountdownCancelled(Value):
    reason: CancelReason


class SessionStarted(Value):
    endpoint: Endpoint | None
    allocation: str | None = None


class SessionUpdated(Value):
    """What can change about a running session, as it stands now."""

    floor: int
    endpoint: Endpoint | None
    attributes: Attributes
    players: tuple[Player, ...]
    arrived: tuple[PlayerId, ...] = ()


class TicketSpent(Value):
    """A game server let the player in. Followers are shown a SessionUpdated; so too of the next."""

    player_id: PlayerId
    ticket_id: str
    expires_at: Instant


class GameServerSeen(Value):
    """The game server that took the session is there; the first one takes it."""


class SessionEnded(Value):
    status: SessionStatus
    outcome: str | None


class MessagePosted(Value):
    author: Player
    text: str


class PartyClosed(Value):
    reason: CloseReason
    last_member_ids: tuple[PlayerId, ...]


Event = (
    PartyCreated
    | SettingsChanged
    | MemberJoined
    | MemberLeft
    | MemberUpdated
    | MemberConnectionChanged
    | LeaderChanged
    | CountdownStarted
    | CountdownCancelled
    | SessionStarted
    | SessionUpdated
    | TicketSpent
    | GameServerSeen
    | SessionEnded
    | MessagePosted
    | PartyClosed
)


class Entry(Value):
    """One entry of a party's log, with the party as it stands after it. `seq` starts at 1 and has no holes."""

    seq: int
    at: Instant
    actor_id: PlayerId | None
    """The player whose act this was; None for the server's own."""
    event: Event
    party: Party
