"""Commands about the session of a party, from players, game servers and the lobby server."""

from __future__ import annotations

from lobby.domain.model import AttributeChanges, Endpoint, Player
from lobby.domain.values import Instant, PlayerId, SessionId, SessionStatus
from lobby.struct import Struct


class StartSession(Struct):
    """From the leader: begin the countdown to the session `session_id`. `force`: although members are not ready."""

    actor: Player
    session_id: SessionId
    force: bool = False
    seed: int | None = None
    """63 random bits for the session's players, from a source that nobody can foresee."""


class CancelStart(Struct):
    """From the leader: cancel the countdown."""

    actor: Player


class JoinSession(Struct):
    """From a member: enter the running session."""

    actor: Player
    session_id: SessionId


class LeaveSession(Struct):
    """From a member: leave the running session and stay in the party."""

    actor: Player
    session_id: SessionId


class MarkLoaded(Struct):
    """From a player inside the running session: the game of this player has loaded."""

    actor: Player
    session_id: SessionId


class UpdateSession(Struct):
    """From the leader, from the host, or from a game server with a service key (`actor` None): change what is known of the
    session."""

    actor: Player | None
    session_id: SessionId
    floor: int | None = None
    endpoint: Endpoint | None = None
    attributes: AttributeChanges = ()
    host_term: int | None = None
    """The term of the host, or of the next host, if `actor` acts as that; None: as the leader. A game server has no term."""


class CompleteSession(Struct):
    """From the leader, from the host, or from a game server with a service key (`actor` None): end the session."""

    actor: Player | None
    session_id: SessionId
    outcome: str | None = None
    status: SessionStatus = SessionStatus.COMPLETE
    host_term: int | None = None


class YieldHost(Struct):
    """From the host, or from a player who is asked to host: let another player do it."""

    actor: Player
    session_id: SessionId


class SaveCheckpoint(Struct):
    """From the host, or from a game server with a service key (`actor` None): keep the state of the run, in place of an earlier
    state."""

    actor: Player | None
    session_id: SessionId
    data: str
    label: str | None = None
    host_term: int | None = None
    """The same as in UpdateSession."""


class Heartbeat(Struct):
    """From a game server: a sign of life. The first one takes the session."""

    session_id: SessionId
    actor: None = None


class SpendTicket(Struct):
    """From a game server (`actor` None), or from the host: a player has shown this ticket. The caller has verified its
    signature before."""

    session_id: SessionId
    ticket_id: str
    player_id: PlayerId
    ticket_session_id: SessionId
    """The session that the ticket was issued for."""
    expires_at: Instant
    actor: Player | None = None
    host_term: int | None = None
    ticket_host_term: int | None = None
    """The term of the host for whom the ticket is valid; None if the ticket names no host."""


class ReportPlayers(Struct):
    """From a game server (`actor` None), or from the host: which players have entered the dungeon, and which have left it and
    will not return."""

    session_id: SessionId
    entered: tuple[PlayerId, ...] = ()
    left: tuple[PlayerId, ...] = ()
    actor: Player | None = None
    host_term: int | None = None


class BeginSession(Struct):
    """From the lobby server: the endpoint is allocated. `allocation` is the name under which to release it."""

    session_id: SessionId
    endpoint: Endpoint | None = None
    allocation: str | None = None
    is_hosted: bool = False
    """True if a player hosts the session, since nothing allocates game servers. The leader is the first host."""
    actor: None = None


class GiveUpAllocation(Struct):
    """From the lobby server: the allocator cannot give an endpoint to this session."""

    session_id: SessionId
    actor: None = None


SessionCommand = (
    StartSession
    | CancelStart
    | JoinSession
    | LeaveSession
    | MarkLoaded
    | UpdateSession
    | CompleteSession
    | YieldHost
    | SaveCheckpoint
    | Heartbeat
    | SpendTicket
    | ReportPlayers
    | BeginSession
    | GiveUpAllocation
)
