"""A running session: who is inside, what is known about it, what its game server reports, and how it ends.

`countdown.py` has how it starts.

If the party sets `load_wait_s`, play begins with SessionGo: once the games of all players have loaded, or that long after the
endpoint is known.

A session that its last player has left ends as ABANDONED. The leader, the host with its term (`hosting.py`) and a game server
with a service key may change and complete it; commands of a game server have `actor` None.

A game server reports signs of life, used tickets, and the players inside. The first heartbeat takes the session. From then on the
server must send a report of some kind at least every `Bounds.game_server_silence_ms`, or the session ends as ABANDONED (see
`presence_and_deadlines.py`).
"""

from __future__ import annotations

from typing import Any

from lobby.domain import text
from lobby.domain.attributes_and_endpoints import PARTY_ATTRIBUTES_MAX, merge_attributes, normalize_endpoint
from lobby.domain.bounds import SECOND_MS, Bounds
from lobby.domain.commands import (
    CompleteSession,
    Heartbeat,
    JoinSession,
    LeaveSession,
    MarkLoaded,
    ReportPlayers,
    SpendTicket,
    UpdateSession,
)
from lobby.domain.events import (
    Event,
    GameServerSeen,
    HostChanged,
    SessionEnded,
    SessionGo,
    SessionUpdated,
    TicketSpent,
)
from lobby.domain.model import Party, Player, Session
from lobby.domain.rejections import Rejection, RejectionCode, invalid
from lobby.domain.rules import RuleResult, RuleTable
from lobby.domain.rules.actor_checks import (
    require_leader,
    require_member,
    require_running_session,
    require_session_of_member,
)
from lobby.domain.rules.hosting import is_host, reject_endpoint_of_another, require_host
from lobby.domain.values import Attester, Instant, PartyState, PlayerId, SessionId, SessionStatus
from lobby.struct import replace

FLOOR_MAX = 1_000_000
GO_LEAD_MS = SECOND_MS
"""How long before its time SessionGo comes, so that it reaches everybody in time."""
SPENT_TICKETS_MAX = 16
"""Used tickets of one player in one session that have not expired: sixteen a minute."""
REPORTED_PLAYERS_MAX = 64
"""Players in one report: as many who entered, and as many who left."""


def join_session(party: Party, command: JoinSession, at: Instant, bounds: Bounds) -> RuleResult:
    """A member enters the running session. One who is inside already gets success, and nothing changes."""
    member = require_member(party, command.actor.id)
    if isinstance(member, Rejection):
        return member
    session = require_running_session(party, command.session_id)
    if isinstance(session, Rejection):
        return session
    if session.has_player(member.player.id):
        return []
    return [change_players(session, (*session.players, member.player))]


def leave_session(party: Party, command: LeaveSession, at: Instant, bounds: Bounds) -> RuleResult:
    """A member leaves the session, and stays in the party."""
    session = require_session_of_member(party, command.actor.id, command.session_id)
    return session if isinstance(session, Rejection) else remove_from_session(party, command.actor.id)


def mark_loaded(party: Party, command: MarkLoaded, at: Instant, bounds: Bounds) -> RuleResult:
    """The game of a player inside has loaded. `decide` adds SessionGo once the games of all players inside have loaded."""
    player_id = command.actor.id
    session = require_session_of_member(party, player_id, command.session_id)
    if isinstance(session, Rejection):
        return session
    if not session.has_player(player_id):
        return Rejection(RejectionCode.NOT_MEMBER, "You are not in the session.", current=party)
    if player_id in session.loaded:
        return []
    return [change_session(session, loaded=(*session.loaded, player_id))]


def go_when_loaded(party: Party, at: Instant) -> list[Event]:
    """SessionGo, once the games of all players inside have loaded; empty if it has come already or is not waited for."""
    session = _waiting_session(party)
    if session is None or any(player.id not in session.loaded for player in session.players):
        return []
    return [SessionGo(at + GO_LEAD_MS, ())]


def go_after_wait(party: Party, at: Instant, up_since: Instant) -> list[Event]:
    """SessionGo at the end of the wait. If the server has started during the wait, the wait begins again at that time, because
    clients could not send before."""
    session = _waiting_session(party)
    if (
        session is None
        or session.endpoint_at is None
        or max(session.endpoint_at, up_since) + _load_wait_ms(session) > at
    ):
        return []
    missing = tuple(player for player in session.players if player.id not in session.loaded)
    return [SessionGo(at + GO_LEAD_MS, missing)]


def load_wait_ends_at(party: Party) -> Instant | None:
    """The time when play begins without the players who have not loaded; None without an endpoint, or if nobody is waited for."""
    session = _waiting_session(party)
    return None if session is None or session.endpoint_at is None else session.endpoint_at + _load_wait_ms(session)


def _waiting_session(party: Party) -> Session | None:
    """The running session if it waits for the games of its players to load. It has a host again before play begins."""
    session = party.session
    if party.state is not PartyState.IN_PROGRESS or session is None or session.play_at is not None:
        return None
    return session if session.migration is None else None


def _load_wait_ms(session: Session) -> int:
    return session.load_wait_s * SECOND_MS


def update_session(party: Party, command: UpdateSession, at: Instant, bounds: Bounds) -> RuleResult:
    """Change what is known of the session. The player who is asked to host becomes the host with its first endpoint."""
    reports = command.endpoint is not None
    session = _require_control(party, command.actor, command.session_id, command.host_term, or_next_host=reports)
    if isinstance(session, Rejection):
        return session
    if reports and command.actor is not None and command.host_term is None:
        rejection = reject_endpoint_of_another(party, session, command.actor)
        if rejection is not None:
            return rejection
    floor = session.floor if command.floor is None else command.floor
    if not 1 <= floor <= FLOOR_MAX:
        return invalid("floor", f"Must be 1 to {FLOOR_MAX}.")
    endpoint = normalize_endpoint(command.endpoint) if command.endpoint else session.endpoint
    if isinstance(endpoint, Rejection):
        return endpoint
    attributes = merge_attributes("attributes", session.attributes, command.attributes, PARTY_ATTRIBUTES_MAX)
    if isinstance(attributes, Rejection):
        return attributes
    events: list[Event] = []
    if command.actor is not None and command.host_term is not None and session.migration is not None and endpoint:
        events.append(HostChanged(command.actor, session.migration.term, endpoint))
        session = replace(session, endpoint=endpoint)
    is_taken = reports and command.actor is None and (session.host is not None or session.migration is not None)
    if is_taken or (floor, endpoint, attributes) != (session.floor, session.endpoint, session.attributes):
        change = change_session(session, floor=floor, endpoint=endpoint, attributes=attributes)
        events.append(replace(change, is_taken=is_taken))
    return [*events, *record_sign_of_life(session, command.actor, at, bounds)]


def complete_session(party: Party, command: CompleteSession, at: Instant, bounds: Bounds) -> RuleResult:
    """End the session. The host may leave its term out."""
    if command.actor is not None and command.host_term is None and is_host(party, command.actor):
        session = require_running_session(party, command.session_id)
    else:
        session = _require_control(party, command.actor, command.session_id, command.host_term)
    if isinstance(session, Rejection):
        return session
    outcome = command.outcome
    if outcome is not None:
        line = text.normalize_line("outcome", outcome, text.OUTCOME_CHARS_MAX)
        if isinstance(line, Rejection):
            return line
        outcome = line
    return [SessionEnded(command.status, outcome, _attester(party, command))]


def _attester(party: Party, command: CompleteSession) -> Attester:
    """The reporter of the end. A leader who hosts counts as the host only if the command names the term of the host."""
    if command.actor is None:
        return Attester.GAME_SERVER
    is_leader = party.leader_id == command.actor.id and command.host_term is None
    return Attester.LEADER if is_leader else Attester.HOST


def _require_control(
    party: Party, actor: Player | None, session_id: SessionId, host_term: int | None, or_next_host: bool = False
) -> Session | Rejection:
    """The running session, for the leader, for the host with its term, or for a game server (`actor` None)."""
    if actor is not None and host_term is not None:
        return require_host(party, actor, session_id, host_term, or_next_host)
    rejection = require_leader(party, actor) if actor is not None else None
    return rejection if rejection is not None else require_running_session(party, session_id)


def _require_game(
    party: Party, actor: Player | None, session_id: SessionId, host_term: int | None
) -> Session | Rejection:
    """The running session, for the game that runs it: of the host with its term, or a game server (`actor` None)."""
    if actor is not None:
        return require_host(party, actor, session_id, host_term)
    return require_running_session(party, session_id)


def change_session(session: Session, **changes: Any) -> SessionUpdated:
    """The event for `changes`. A player who is no longer inside no longer counts as arrived or loaded either."""
    new = replace(session, **changes)
    arrived = tuple(player_id for player_id in new.arrived if new.has_player(player_id))
    loaded = tuple(player_id for player_id in new.loaded if new.has_player(player_id))
    return SessionUpdated(new.floor, new.endpoint, new.attributes, new.players, arrived, loaded)


def change_players(session: Session, players: tuple[Player, ...], **changes: Any) -> SessionUpdated | SessionEnded:
    """The event for `players` being inside, with other `changes`. Without any player the session is abandoned."""
    if not players:
        return SessionEnded(SessionStatus.ABANDONED, None)
    return change_session(session, players=players, **changes)


def remove_from_session(party: Party, player_id: PlayerId) -> list[Event]:
    """The player leaves the running session of `party`; empty if the player is not inside one."""
    session = party.session
    if session is None or session.status is not SessionStatus.IN_PROGRESS or not session.has_player(player_id):
        return []
    return [change_players(session, tuple(player for player in session.players if player.id != player_id))]


def record_sign_of_life(session: Session, actor: Player | None, at: Instant, bounds: Bounds) -> list[Event]:
    """Any report of a game server (`actor` None) shows that it is alive.

    Only for a session that a game server has taken with a heartbeat: one that never sends heartbeats is not watched.
    """
    is_taken = session.server_seen_at is not None
    if actor is not None or not is_taken or was_seen_lately(session, at, bounds):
        return []
    return [GameServerSeen()]


def was_seen_lately(session: Session, at: Instant, bounds: Bounds) -> bool:
    """True if the newest sign of life in the log is younger than `Bounds.game_server_step_ms`: then no further one is logged."""
    return session.server_seen_at is not None and at - session.server_seen_at < bounds.game_server_step_ms


def heartbeat(party: Party, command: Heartbeat, at: Instant, bounds: Bounds) -> RuleResult:
    session = require_running_session(party, command.session_id)
    if isinstance(session, Rejection):
        return session
    return [] if was_seen_lately(session, at, bounds) else [GameServerSeen()]


def spend_ticket(party: Party, command: SpendTicket, at: Instant, bounds: Bounds) -> RuleResult:
    """Use a player's ticket. Each ticket works once; the second use is rejected with TICKET_SPENT."""
    session = _require_game(party, command.actor, command.session_id, command.host_term)
    if isinstance(session, Rejection):
        return session
    rejection = _check_valid(session, command, at) or _check_unspent(session, command, at)
    if rejection is not None:
        return rejection
    spent = TicketSpent(command.player_id, command.ticket_id, command.expires_at)
    return [spent, *record_sign_of_life(session, command.actor, at, bounds)]


def report_players(party: Party, command: ReportPlayers, at: Instant, bounds: Bounds) -> RuleResult:
    """Members in `entered` are inside from now on, players in `left` are not. To repeat a report changes nothing."""
    session = _require_game(party, command.actor, command.session_id, command.host_term)
    if isinstance(session, Rejection):
        return session
    entered = _find_entered(party, command)
    if isinstance(entered, Rejection):
        return entered
    stayed = tuple(player for player in session.players if player.id not in command.left)
    players = (*stayed, *(player for player in entered if not session.has_player(player.id)))
    new = tuple(player.id for player in entered if player.id not in session.arrived)
    seen = record_sign_of_life(session, command.actor, at, bounds)
    if players == session.players and not new:
        return seen
    changed = change_players(session, players, arrived=(*session.arrived, *new))
    return [changed, *(seen if players else ())]


def silence_ends_at(party: Party, bounds: Bounds) -> Instant | None:
    """When the session counts as abandoned by the game server that took it; None if no server has.

    One step later than the last logged sign of life says, since signs within a step are not logged.
    """
    session = party.session
    if party.state is not PartyState.IN_PROGRESS or session is None or session.server_seen_at is None:
        return None
    return session.server_seen_at + bounds.game_server_step_ms + bounds.game_server_silence_ms


def _check_valid(session: Session, command: SpendTicket, at: Instant) -> Rejection | None:
    if command.ticket_session_id != session.id:
        return invalid_ticket("The ticket is for another session.")
    if command.expires_at <= at:
        return invalid_ticket("The ticket has expired.")
    if session.host is not None and command.ticket_host_term not in (None, session.host.term):
        return invalid_ticket("The ticket is for an earlier host.")
    if not session.has_player(command.player_id):
        return Rejection(RejectionCode.NOT_MEMBER, "The player is no longer in the session.", field="ticket")
    return None


def _check_unspent(session: Session, command: SpendTicket, at: Instant) -> Rejection | None:
    unexpired = [ticket for ticket in session.spent if ticket.expires_at > at]
    if any(ticket.id == command.ticket_id for ticket in unexpired):
        return Rejection(RejectionCode.TICKET_SPENT, "The ticket has been used already.", field="ticket")
    own = [ticket for ticket in unexpired if ticket.player_id == command.player_id]
    if len(own) >= SPENT_TICKETS_MAX:
        wait_ms = min(ticket.expires_at for ticket in own) - at
        message = "Too many tickets were spent lately."
        return Rejection(RejectionCode.RATE_LIMITED, message, retryable=True, retry_after_ms=wait_ms)
    return None


def invalid_ticket(message: str) -> Rejection:
    return Rejection(RejectionCode.INVALID_CREDENTIALS, message, field="ticket")


def _find_entered(party: Party, command: ReportPlayers) -> tuple[Player, ...] | Rejection:
    """The members whom the report lists as entered, each once."""
    if max(len(command.entered), len(command.left)) > REPORTED_PLAYERS_MAX:
        return invalid("entered", f"At most {REPORTED_PLAYERS_MAX} players in one report.")
    entered: dict[str, Player] = {}
    for index, player_id in enumerate(command.entered):
        member = party.member(player_id)
        if player_id in command.left:
            return invalid(f"entered.{index}", "The player can't have come and gone in one report.")
        if member is None:
            return Rejection(
                RejectionCode.NOT_MEMBER, "That player is not in the party.", f"entered.{index}", current=party
            )
        entered[player_id] = member.player
    return tuple(entered.values())


RULES: RuleTable = {
    JoinSession: join_session,
    LeaveSession: leave_session,
    MarkLoaded: mark_loaded,
    UpdateSession: update_session,
    CompleteSession: complete_session,
    Heartbeat: heartbeat,
    SpendTicket: spend_ticket,
    ReportPlayers: report_players,
}
