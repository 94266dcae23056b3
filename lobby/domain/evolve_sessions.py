"""How the events of sessions change a party: countdown, start, host, checkpoint, end. See `evolve.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lobby.domain import events as e
from lobby.domain.model import Endpoint, HostMigration, Party, Player, Seat, Session, SessionHost, SpentTicket
from lobby.domain.values import Instant, PartyState, SessionStatus
from lobby.struct import replace

SEATS_MAX = 64
"""How many players a session remembers, with those who have left it: eight times all members of a full party."""


def _apply_countdown_started(party: Party, event: e.CountdownStarted, at: Instant) -> Party:
    session = Session(
        id=event.session_id,
        party_id=party.id,
        status=SessionStatus.WAITING,
        players=tuple(m.player for m in party.members),
        game_type=party.settings.game_type,
        difficulty=party.settings.difficulty,
        created_at=at,
        seed=event.seed,
        first_seq=party.version + 1,
        checkpoint=party.continues.checkpoint if party.continues is not None else None,
    )
    return replace(party, state=PartyState.STARTING, session=session, starts_at=event.starts_at, forced=event.forced)


def _apply_countdown_cancelled(party: Party, event: e.CountdownCancelled, at: Instant) -> Party:
    return replace(party, state=PartyState.WAITING, session=None, starts_at=None, forced=False)


def _apply_session_started(party: Party, event: e.SessionStarted, at: Instant) -> Party:
    session = replace(
        _live(party),
        status=SessionStatus.IN_PROGRESS,
        started_at=at,
        endpoint=event.endpoint,
        allocation=event.allocation,
        load_wait_s=party.settings.load_wait_s,
        endpoint_at=at if event.endpoint is not None else None,
        host=SessionHost(event.host, 1, at) if event.host is not None else None,
    )
    session = replace(session, seats=_seats_after(party, session, session.players))
    return replace(party, state=PartyState.IN_PROGRESS, session=session, starts_at=None, forced=False)


def _apply_session_updated(party: Party, event: e.SessionUpdated, at: Instant) -> Party:
    before = _live(party)
    entered = tuple(player for player in event.players if not before.has_player(player.id))
    session = replace(
        before,
        floor=event.floor,
        endpoint=event.endpoint,
        endpoint_at=_endpoint_at(before, event.endpoint, at),
        attributes=event.attributes,
        players=event.players,
        loaded=event.loaded,
        arrived=event.arrived,
        seats=_seats_after(party, before, entered) if entered else before.seats,
    )
    if event.is_taken or (session.host is not None and not session.has_player(session.host.player.id)):
        session = replace(session, host=None, host_away_since=None)
    return replace(party, session=replace(session, migration=None) if event.is_taken else session)


def _apply_host_lost(party: Party, event: e.HostLost, at: Instant) -> Party:
    """Nobody has arrived in the game of the next host yet."""
    migration = HostMigration(event.previous, event.reason, event.term, event.asked, event.candidate, event.report_by)
    session = replace(
        _live(party), host=None, host_away_since=None, migration=migration, endpoint=None, endpoint_at=None, arrived=()
    )
    return replace(party, session=session)


def _endpoint_at(before: Session, endpoint: Endpoint | None, at: Instant) -> Instant | None:
    if endpoint is None:
        return None
    return before.endpoint_at if before.endpoint is not None else at


def _apply_session_go(party: Party, event: e.SessionGo, at: Instant) -> Party:
    return replace(party, session=replace(_live(party), go_at=event.go_at))


def _apply_host_changed(party: Party, event: e.HostChanged, at: Instant) -> Party:
    host = SessionHost(event.host, event.term, at)
    return replace(
        party, session=replace(_live(party), host=host, migration=None, endpoint=event.endpoint, endpoint_at=at)
    )


def _seats_after(party: Party, session: Session, entered: tuple[Player, ...]) -> tuple[Seat, ...]:
    """The seats of `session` after the members `entered` have come in, as they are at that moment."""
    members = [member for player in entered if (member := party.member(player.id)) is not None]
    new = tuple(Seat(member.player, member.character_class, member.team) for member in members)
    ids = {seat.player.id for seat in new}
    seats = (*(seat for seat in session.seats if seat.player.id not in ids), *new)
    inside = ids | {player.id for player in session.players}
    gone = [seat for seat in seats if seat.player.id not in inside]
    dropped = {seat.player.id for seat in gone[: max(0, len(seats) - SEATS_MAX)]}
    return tuple(seat for seat in seats if seat.player.id not in dropped)


def _apply_checkpoint_saved(party: Party, event: e.CheckpointSaved, at: Instant) -> Party:
    return replace(party, session=replace(_live(party), checkpoint=event.checkpoint))


def _apply_ticket_spent(party: Party, event: e.TicketSpent, at: Instant) -> Party:
    """Tickets that have expired are dropped: they would be rejected as expired."""
    session = _live(party)
    arrived = session.arrived if event.player_id in session.arrived else (*session.arrived, event.player_id)
    unexpired = tuple(ticket for ticket in session.spent if ticket.expires_at > at)
    spent = (*unexpired, SpentTicket(event.ticket_id, event.expires_at, event.player_id))
    return replace(party, session=replace(session, arrived=arrived, spent=spent))


def _apply_game_server_seen(party: Party, event: e.GameServerSeen, at: Instant) -> Party:
    session = replace(_live(party), server_seen_at=at, host=None, host_away_since=None, migration=None)
    return replace(party, session=session)


def _apply_session_ended(party: Party, event: e.SessionEnded, at: Instant) -> Party:
    ended = replace(
        _live(party),
        status=event.status,
        ended_at=at,
        outcome=event.outcome,
        attested_by=event.attested_by,
        last_seq=party.version + 1,
        spent=(),
        host_away_since=None,
        migration=None,
    )
    members = tuple(replace(m, ready_for=None) for m in party.members)
    return replace(party, state=PartyState.WAITING, session=None, last_session=ended, members=members, continues=None)


def _live(party: Party) -> Session:
    assert party.session is not None, "the log has a session before it is started, updated or ended"
    return party.session


APPLY: dict[type[Any], Callable[[Party, Any, Instant], Party]] = {
    e.CountdownStarted: _apply_countdown_started,
    e.CountdownCancelled: _apply_countdown_cancelled,
    e.SessionStarted: _apply_session_started,
    e.SessionUpdated: _apply_session_updated,
    e.HostLost: _apply_host_lost,
    e.SessionGo: _apply_session_go,
    e.HostChanged: _apply_host_changed,
    e.CheckpointSaved: _apply_checkpoint_saved,
    e.TicketSpent: _apply_ticket_spent,
    e.GameServerSeen: _apply_game_server_seen,
    e.SessionEnded: _apply_session_ended,
}
"""The function of each kind of event of a session."""
