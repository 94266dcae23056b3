"""The host of a run: the player whose game the others connect to, where no game server runs the session.

- The leader hosts the session when it begins, with term 1. From then on leadership and hosting are separate.
- Only the host reports the endpoint, with its term; a leader who is the host may leave the term out.
- A host is lost when it leaves the session, yields, or has been disconnected for `Bounds.host_grace_ms` while another player of
  the session is connected. While no other player is connected, it stays the host.
- Then the other players of the session are asked, each once, in the order in which they entered it. The candidate, who must be
  connected, has `Bounds.host_report_ms` to report an endpoint with the next term, and becomes the host by the report.
- When all have been asked and no player has reported, the session ends as ABANDONED. While all players who have not been asked
  are disconnected, no player is asked; the first of them who connects is asked at once.
- A game server that reports the endpoint, or takes the session with a heartbeat, ends the hosting by players: no player hosts the
  session again.
"""

from __future__ import annotations

from lobby.domain.bounds import Bounds
from lobby.domain.commands import YieldHost
from lobby.domain.events import Event, HostLost, SessionEnded
from lobby.domain.model import HostMigration, Party, Player, Session, SessionHost
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules import RuleResult, RuleTable
from lobby.domain.rules.actor_checks import require_session_of_member
from lobby.domain.values import HostChangeReason, Instant, PlayerId, SessionId, SessionStatus
from lobby.struct import replace


def is_host(party: Party, player: Player) -> bool:
    host = party.session.host if party.session is not None else None
    return host is not None and host.player.id == player.id


def require_host(
    party: Party, actor: Player, session_id: SessionId, term: int | None, or_next_host: bool = False
) -> Session | Rejection:
    """The running session, if `actor` is its host with this term. `or_next_host`: also if the actor is asked to host."""
    session = require_session_of_member(party, actor.id, session_id)
    if isinstance(session, Rejection):
        return session
    host, migration = session.host, session.migration
    current_term = host.term if host is not None else migration.term if migration is not None else None
    if current_term is None:
        return _not_host(party, "A game server runs this session.")
    if term != current_term:
        return _host_changed(party)
    next_host = migration.candidate if migration is not None and or_next_host else None
    reporter = host.player if host is not None else next_host
    if reporter is None or reporter.id != actor.id:
        return _not_host(party, "Another player is the host of this session.")
    return session


def reject_endpoint_of_another(party: Party, session: Session, leader: Player) -> Rejection | None:
    """The rejection of an endpoint from a leader who has named no term, if another player hosts the session or is asked to."""
    host = session.host
    if session.migration is not None or (host is not None and host.player.id != leader.id and host.term > 1):
        return _host_changed(party)
    if host is not None and host.player.id != leader.id:
        return _not_host(party, "Only the host reports the endpoint, and another player is the host of this session.")
    return None


def _host_changed(party: Party) -> Rejection:
    message = "The session has another host now, or is getting one."
    return Rejection(RejectionCode.HOST_CHANGED, message, "host_term", current=party)


def _not_host(party: Party, message: str) -> Rejection:
    return Rejection(RejectionCode.NOT_HOST, message, "host_term", current=party)


def yield_host(party: Party, command: YieldHost, at: Instant, bounds: Bounds) -> RuleResult:
    """The host, or the player who is asked to host, lets the next one do it."""
    session = require_session_of_member(party, command.actor.id, command.session_id)
    if isinstance(session, Rejection):
        return session
    player_id, migration = command.actor.id, session.migration
    if migration is not None and migration.candidate is not None and migration.candidate.id == player_id:
        return _ask_next(party, migration, HostChangeReason.HOST_YIELDED, at, bounds)
    if session.host is None or session.host.player.id != player_id:
        return Rejection(RejectionCode.NOT_HOST, "You are not the host of this session.", current=party)
    if not any(other.id != player_id and _is_connected(party, other) for other in session.players):
        message = "No other player of the session is connected, who could host it."
        return Rejection(RejectionCode.NOT_READY, message, retryable=True, current=party)
    return _lose_host(party, session.host, HostChangeReason.HOST_YIELDED, at, bounds)


def replace_missing_host(before: Party | None, party: Party, at: Instant, bounds: Bounds) -> list[Event]:
    """Ask another player if the host or the candidate of `before` has left the session, or if a player who can be asked has
    come."""
    session = party.session
    if session is None or session.status is not SessionStatus.IN_PROGRESS:
        return []
    migration = session.migration
    if migration is None:
        host = before.session.host if before is not None and before.session is not None else None
        if host is None or session.has_player(host.player.id):
            return []
        return _lose_host(party, host, HostChangeReason.HOST_LEFT, at, bounds)
    if migration.candidate is not None:
        if session.has_player(migration.candidate.id):
            return []
        return _ask_next(party, migration, HostChangeReason.HOST_LEFT, at, bounds)
    waiting = _not_asked(session, migration.asked)
    if waiting and not any(_is_connected(party, player) for player in waiting):
        return []
    return _ask(party, migration, at, bounds)


def meet_host_deadlines(party: Party, at: Instant, up_since: Instant, bounds: Bounds) -> list[Event]:
    """Replace a host whose grace is over, or a candidate who has not reported in time.

    Both times begin again at `up_since`, the start of the server, because no client could send anything before.
    """
    session, deadline = party.session, host_deadline(party, bounds)
    if session is None or deadline is None:
        return []
    full_ms = bounds.host_grace_ms if session.migration is None else bounds.host_report_ms
    if max(deadline, up_since + full_ms) > at:
        return []
    if session.migration is not None:
        return _ask_next(party, session.migration, HostChangeReason.HOST_SILENT, at, bounds)
    assert session.host is not None, "a session with a deadline for its host has one"
    return _lose_host(party, session.host, HostChangeReason.HOST_DISCONNECTED, at, bounds)


def host_deadline(party: Party, bounds: Bounds) -> Instant | None:
    """The time when a disconnected host is lost, or when the time of a candidate is over; None if there is neither."""
    session = party.session
    if session is None:
        return None
    if session.migration is not None:
        return session.migration.report_by
    return session.host_away_since + bounds.host_grace_ms if session.host_away_since is not None else None


def _lose_host(party: Party, host: SessionHost, reason: HostChangeReason, at: Instant, bounds: Bounds) -> list[Event]:
    player = host.player
    return _ask(party, HostMigration(player, reason, host.term + 1, (player.id,), None, None), at, bounds)


def _ask_next(
    party: Party, migration: HostMigration, reason: HostChangeReason, at: Instant, bounds: Bounds
) -> list[Event]:
    """The candidate is gone: ask another player."""
    assert migration.candidate is not None, "only a candidate can be gone"
    return _ask(party, replace(migration, previous=migration.candidate, reason=reason), at, bounds)


def _ask(party: Party, migration: HostMigration, at: Instant, bounds: Bounds) -> list[Event]:
    """Ask the first connected player who has not been asked; without any player to ask the session is abandoned."""
    assert party.session is not None, "a host is found for a session"
    waiting = _not_asked(party.session, migration.asked)
    if not waiting:
        return [SessionEnded(SessionStatus.ABANDONED, None)]
    candidate = next((player for player in waiting if _is_connected(party, player)), None)
    asked = tuple(player_id for player_id in migration.asked if party.member(player_id) is not None)
    report_by = None
    if candidate is not None:
        asked, report_by = (*asked, candidate.id), at + bounds.host_report_ms
    return [HostLost(migration.previous, migration.reason, migration.term, asked, candidate, report_by)]


def _not_asked(session: Session, asked: tuple[PlayerId, ...]) -> list[Player]:
    return [player for player in session.players if player.id not in asked]


def _is_connected(party: Party, player: Player) -> bool:
    member = party.member(player.id)
    return member is not None and member.remove_at is None


RULES: RuleTable = {YieldHost: yield_host}
