"""What can happen to a party, by the names of the public contract; each event carries what the fold needs, no more."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class PartyCreated:
    """The first entry of every log. `creator` is None for a party made without its first member."""

    party_id: PartyId
    epoch: str
    creator: Player | None
    settings: PartySettings
    attributes: Attributes
    character_class: str | None
    join_code: str


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """Settings, attributes and join code as they stand now; `changed`: what is new, as the contract spells it."""

    settings: PartySettings
    attributes: Attributes
    join_code: str
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MemberJoined:
    player: Player
    character_class: str | None
    late_join: bool


@dataclass(frozen=True, slots=True)
class MemberLeft:
    player: Player
    reason: LeaveReason


@dataclass(frozen=True, slots=True)
class MemberUpdated:
    """What a member chose, as it stands now."""

    player_id: PlayerId
    character_class: str | None
    ready_for: int | None
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class MemberConnectionChanged:
    """`remove_at` None: connected."""

    player_id: PlayerId
    remove_at: Instant | None


@dataclass(frozen=True, slots=True)
class LeaderChanged:
    previous: Player | None
    leader: Player
    reason: LeaderChangeReason
    term: int


@dataclass(frozen=True, slots=True)
class CountdownStarted:
    session_id: SessionId
    starts_at: Instant
    forced: bool


@dataclass(frozen=True, slots=True)
class CountdownCancelled:
    reason: CancelReason


@dataclass(frozen=True, slots=True)
class SessionStarted:
    endpoint: Endpoint | None
    allocation: str | None = None


@dataclass(frozen=True, slots=True)
class SessionUpdated:
    """What can change about a running session, as it stands now."""

    floor: int
    endpoint: Endpoint | None
    attributes: Attributes
    players: tuple[Player, ...]
    arrived: tuple[PlayerId, ...] = ()


@dataclass(frozen=True, slots=True)
class TicketSpent:
    """A game server let the player in. Followers are shown a SessionUpdated; so too of the next."""

    player_id: PlayerId
    ticket_id: str
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class GameServerSeen:
    """The game server that took the session is there; the first one takes it."""


@dataclass(frozen=True, slots=True)
class SessionEnded:
    status: SessionStatus
    outcome: str | None


@dataclass(frozen=True, slots=True)
class MessagePosted:
    author: Player
    text: str


@dataclass(frozen=True, slots=True)
class PartyClosed:
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


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a party's log, with the party as it stands after it. `seq` starts at 1 and has no holes."""

    seq: int
    at: Instant
    actor_id: PlayerId | None
    """The player whose act this was; None for the server's own."""
    event: Event
    party: Party
