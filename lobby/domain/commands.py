"""What may be asked of one party. A command names its actor; which party it is for is said beside it.

Ids, codes, hashes and proofs are made outside and put in, so that deciding stays pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from lobby.domain.model import Endpoint, Player
from lobby.domain.values import (
    GameType,
    Instant,
    LeaveReason,
    PlayerId,
    SessionId,
    SessionStatus,
    Visibility,
)

AttributeChanges = tuple[tuple[str, str | None], ...]
"""Keys with their new values; None removes the key."""


@dataclass(frozen=True, slots=True)
class SettingsPatch:
    """Wished settings; None leaves a setting as it is (on create: at its default)."""

    name: str | None = None
    game_type: GameType | None = None
    difficulty: str | None = None
    max_members: int | None = None
    visibility: Visibility | None = None
    password: str | None = None
    """The empty string removes the password."""
    locked: bool | None = None
    allow_late_join: bool | None = None
    allow_force_start: bool | None = None
    unique_classes: bool | None = None
    countdown_s: int | None = None


@dataclass(frozen=True, slots=True)
class PasswordProof:
    """The outcome of holding a given password against one hash."""

    against: str
    matches: bool
    attempts_left: int


@dataclass(frozen=True, slots=True)
class CreateParty:
    actor: Player | None
    patch: SettingsPatch = SettingsPatch()
    attributes: AttributeChanges = ()
    character_class: str | None = None
    password_hash: str | None = None
    """The hash of `patch.password`, put in when `decide` asks for it."""


@dataclass(frozen=True, slots=True)
class UpdateParty:
    actor: Player
    patch: SettingsPatch = SettingsPatch()
    attributes: AttributeChanges = ()
    password_hash: str | None = None


@dataclass(frozen=True, slots=True)
class JoinParty:
    actor: Player
    by_code: bool = False
    """A private party is only there for those who hold its code."""
    password: str | None = None
    character_class: str | None = None
    elsewhere: bool = False
    """Whether the actor has a seat in another party that is not to be left."""
    proof: PasswordProof | None = None


@dataclass(frozen=True, slots=True)
class LeaveParty:
    actor: Player
    reason: LeaveReason = LeaveReason.LEFT


@dataclass(frozen=True, slots=True)
class DisbandParty:
    actor: Player


@dataclass(frozen=True, slots=True)
class KickMember:
    actor: Player
    player_id: PlayerId
    ban: bool = False


@dataclass(frozen=True, slots=True)
class PromoteMember:
    actor: Player
    player_id: PlayerId


@dataclass(frozen=True, slots=True)
class ClaimLeadership:
    actor: Player


@dataclass(frozen=True, slots=True)
class RotateJoinCode:
    actor: Player
    join_code: str


@dataclass(frozen=True, slots=True)
class UpdateMember:
    actor: Player
    character_class: str | None = None
    """None leaves it; the empty string clears it."""
    attributes: AttributeChanges = ()


@dataclass(frozen=True, slots=True)
class SetReady:
    actor: Player
    ready: bool
    settings_version: int


@dataclass(frozen=True, slots=True)
class PostMessage:
    actor: Player
    text: str


@dataclass(frozen=True, slots=True)
class StartSession:
    actor: Player
    session_id: SessionId
    force: bool = False


@dataclass(frozen=True, slots=True)
class CancelStart:
    actor: Player


@dataclass(frozen=True, slots=True)
class JoinSession:
    actor: Player
    session_id: SessionId


@dataclass(frozen=True, slots=True)
class LeaveSession:
    actor: Player
    session_id: SessionId


@dataclass(frozen=True, slots=True)
class UpdateSession:
    """`actor` None: a game server with the service key."""

    actor: Player | None
    session_id: SessionId
    floor: int | None = None
    endpoint: Endpoint | None = None
    attributes: AttributeChanges = ()


@dataclass(frozen=True, slots=True)
class CompleteSession:
    """`actor` None: a game server with the service key."""

    actor: Player | None
    session_id: SessionId
    outcome: str | None = None
    status: SessionStatus = SessionStatus.COMPLETE


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A game server's: it is there. The first one takes the session."""

    session_id: SessionId
    actor: None = None


@dataclass(frozen=True, slots=True)
class SpendTicket:
    """A game server's: somebody showed this ticket. That it is one of ours is found out before."""

    session_id: SessionId
    ticket_id: str
    player_id: PlayerId
    into: SessionId
    """The session that the ticket was issued for."""
    expires_at: Instant
    actor: None = None


@dataclass(frozen=True, slots=True)
class ReportPlayers:
    """A game server's: who came into the dungeon, and who has left it for good."""

    session_id: SessionId
    entered: tuple[PlayerId, ...] = ()
    left: tuple[PlayerId, ...] = ()
    actor: None = None


@dataclass(frozen=True, slots=True)
class BeginSession:
    """The server's own: the endpoint is allocated. `allocation`: by what name to give it back."""

    session_id: SessionId
    endpoint: Endpoint | None = None
    allocation: str | None = None
    actor: None = None


@dataclass(frozen=True, slots=True)
class GiveUpAllocation:
    """The server's own: there will be no endpoint for this session, however long one waits."""

    session_id: SessionId
    actor: None = None


@dataclass(frozen=True, slots=True)
class SetPresence:
    """The server's own: a player's last stream has gone, or the first has come."""

    player_id: PlayerId
    connected: bool
    actor: None = None


@dataclass(frozen=True, slots=True)
class MeetDeadlines:
    """The server's own: what is due by now happens. `up_since`: no grace ends sooner than a full one after this."""

    up_since: Instant = 0
    actor: None = None


Command = (
    CreateParty
    | UpdateParty
    | JoinParty
    | LeaveParty
    | DisbandParty
    | KickMember
    | PromoteMember
    | ClaimLeadership
    | RotateJoinCode
    | UpdateMember
    | SetReady
    | PostMessage
    | StartSession
    | CancelStart
    | JoinSession
    | LeaveSession
    | UpdateSession
    | CompleteSession
    | Heartbeat
    | SpendTicket
    | ReportPlayers
    | BeginSession
    | GiveUpAllocation
    | SetPresence
    | MeetDeadlines
)
