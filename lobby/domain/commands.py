"""What may be asked of one party. A command names its actor; which party it is for is said beside it.

Ids, codes, hashes and proofs are made outside and put in, so that deciding stays pure.
"""

from __future__ import annotations

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
from lobby.value import Value

AttributeChanges = tuple[tuple[str, str | None], ...]
"""Keys with their new values; None removes the key."""


class SettingsPatch(Value):
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


class PasswordProof(Value):
    """The outcome of holding a given password against one hash."""

    against: str
    matches: bool
    attempts_left: int


class CreateParty(Value):
    actor: Player | None
    patch: SettingsPatch = SettingsPatch()
    attributes: AttributeChanges = ()
    character_class: str | None = None
    password_hash: str | None = None
    """The hash of `patch.password`, put in when `decide` asks for it."""


class UpdateParty(Value):
    actor: Player
    patch: SettingsPatch = SettingsPatch()
    attributes: AttributeChanges = ()
    password_hash: str | None = None


class JoinParty(Value):
    actor: Player
    by_code: bool = False
    """A private party is only there for those who hold its code."""
    password: str | None = None
    character_class: str | None = None
    elsewhere: bool = False
    """Whether the actor has a seat in another party that is not to be left."""
    proof: PasswordProof | None = None


class LeaveParty(Value):
    actor: Player
    reason: LeaveReason = LeaveReason.LEFT


class DisbandParty(Value):
    actor: Player


class KickMember(Value):
    actor: Player
    player_id: PlayerId
    ban: bool = False


class PromoteMember(Value):
    actor: Player
    player_id: PlayerId


class ClaimLeadership(Value):
    actor: Player


class RotateJoinCode(Value):
    actor: Player
    join_code: str


class UpdateMember(Value):
    actor: Player
    character_class: str | None = None
    """None leaves it; the empty string clears it."""
    attributes: AttributeChanges = ()


class SetReady(Value):
    actor: Player
    ready: bool
    settings_version: int


class PostMessage(Value):
    actor: Player
    text: str


class StartSession(Value):
    actor: Player
    session_id: SessionId
    force: bool = False


class CancelStart(Value):
    actor: Player


class JoinSession(Value):
    actor: Player
    session_id: SessionId


class LeaveSession(Value):
    actor: Player
    session_id: SessionId


class UpdateSession(Value):
    """`actor` None: a game server with the service key."""

    actor: Player | None
    session_id: SessionId
    floor: int | None = None
    endpoint: Endpoint | None = None
    attributes: AttributeChanges = ()


class CompleteSession(Value):
    """`actor` None: a game server with the service key."""

    actor: Player | None
    session_id: SessionId
    outcome: str | None = None
    status: SessionStatus = SessionStatus.COMPLETE


class Heartbeat(Value):
    """A game server's: it is there. The first one takes the session."""

    session_id: SessionId
    actor: None = None


class SpendTicket(Value):
    """A game server's: somebody showed this ticket. That it is one of ours is found out before."""

    session_id: SessionId
    ticket_id: str
    player_id: PlayerId
    into: SessionId
    """The session that the ticket was issued for."""
    expires_at: Instant
    actor: None = None


class ReportPlayers(Value):
    """A game server's: who came into the dungeon, and who has left it for good."""

    session_id: SessionId
    entered: tuple[PlayerId, ...] = ()
    left: tuple[PlayerId, ...] = ()
    actor: None = None


class BeginSession(Value):
    """The server's own: the endpoint is allocated. `allocation`: by what name to give it back."""

    session_id: SessionId
    endpoint: Endpoint | None = None
    allocation: str | None = None
    actor: None = None


class GiveUpAllocation(Value):
    """The server's own: there will be no endpoint for this session, however long one waits."""

    session_id: SessionId
    actor: None = None


class SetPresence(Value):
    """The server's own: a player's last stream has gone, or the first has come."""

    player_id: PlayerId
    connected: bool
    actor: None = None


class MeetDeadlines(Value):
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
