"""The fold: what each event makes of a party. It accepts whatever is in a log, and decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lobby.domain import events as e
from lobby.domain.model import Departure, Member, Party, Session, SpentTicket
from lobby.domain.values import Instant, LeaveReason, PartyState, PlayerId, SessionStatus
from lobby.value import changed

DEPARTURES_KEPT_MAX = 64
"""Former members remembered besides the banned ones; eight full changes of a party."""
_NOT_ACTS = (e.MessagePosted, e.MemberConnectionChanged, e.GameServerSeen)


def evolve(party: Party | None, event: e.Event, seq: int, at: Instant, actor_id: PlayerId | None) -> Party:
    """The party after `event`. `party` is None before the first entry, and only then."""
    if isinstance(event, e.PartyCreated):
        return _created(event, seq, at)
    assert party is not None, "a log begins with PartyCreated"
    folded = _FOLDS[type(event)](party, event, at)
    return changed(
        folded,
        version=seq,
        changed_at=at,
        acted_version=party.acted_version if isinstance(event, _NOT_ACTS) else seq,
        leader_acted_at=at if actor_id is not None and actor_id == party.leader_id else folded.leader_acted_at,
        others_ready_since=_others_ready_since(folded, at),
    )


def append(
    party: Party | None, events: Iterable[e.Event], at: Instant, actor_id: PlayerId | None
) -> tuple[e.Entry, ...]:
    """`events` as the next entries of the log of `party`."""
    entries: list[e.Entry] = []
    for event in events:
        seq = party.version + 1 if party else 1
        party = evolve(party, event, seq, at, actor_id)
        entries.append(e.Entry(seq, at, actor_id, event, party))
    return tuple(entries)


def _others_ready_since(party: Party, at: Instant) -> Instant | None:
    others = [m for m in party.members if m.player.id != party.leader_id]
    if party.state is not PartyState.WAITING or not others or not all(map(party.is_ready, others)):
        return None
    return at if party.others_ready_since is None else party.others_ready_since


def _created(event: e.PartyCreated, seq: int, at: Instant) -> Party:
    creator = event.creator
    return Party(
        id=event.party_id,
        epoch=event.epoch,
        version=seq,
        state=PartyState.WAITING,
        settings=event.settings,
        join_code=event.join_code,
        created_at=at,
        changed_at=at,
        leader_id=creator.id if creator else None,
        members=(Member(creator, at, event.character_class),) if creator else (),
        attributes=event.attributes,
        leader_acted_at=at,
    )


def _settings_changed(party: Party, event: e.SettingsChanged, at: Instant) -> Party:
    return changed(party, settings=event.settings, attributes=event.attributes, join_code=event.join_code)


def _member_joined(party: Party, event: e.MemberJoined, at: Instant) -> Party:
    seat = Member(event.player, at, event.character_class, late_join=event.late_join)
    return _with_members(changed(party, leader_id=party.leader_id or event.player.id), (*party.members, seat))


def _member_left(party: Party, event: e.MemberLeft, at: Instant) -> Party:
    gone = event.player.id
    left = _with_members(party, tuple(m for m in party.members if m.player.id != gone))
    others = [d for d in party.departures if d.player_id != gone]
    return changed(left, departures=_bounded([*others, Departure(gone, event.reason, at, party.version + 1)]))


def _bounded(departures: list[Departure]) -> tuple[Departure, ...]:
    """Bans are kept for the life of the party; of the others the latest."""
    unbanned = [d for d in departures if d.reason is not LeaveReason.BANNED]
    dropped = set(unbanned[:-DEPARTURES_KEPT_MAX])
    return tuple(d for d in departures if d not in dropped)


def _with_members(party: Party, members: tuple[Member, ...]) -> Party:
    """The players of a session that has not begun are the members."""
    session = party.session
    if session is not None and session.status is SessionStatus.WAITING:
        session = changed(session, players=tuple(m.player for m in members))
    return changed(party, members=members, session=session)


def _with_member(party: Party, player_id: PlayerId, **changes: Any) -> Party:
    return changed(
        party,
        members=tuple(changed(m, **changes) if m.player.id == player_id else m for m in party.members),
    )


def _member_updated(party: Party, event: e.MemberUpdated, at: Instant) -> Party:
    return _with_member(
        party,
        event.player_id,
        character_class=event.character_class,
        ready_for=event.ready_for,
        attributes=event.attributes,
    )


def _connection_changed(party: Party, event: e.MemberConnectionChanged, at: Instant) -> Party:
    if event.remove_at is None:
        return _with_member(party, event.player_id, disconnected_at=None, remove_at=None)
    member = party.member(event.player_id)
    since = member.disconnected_at if member and member.disconnected_at is not None else at
    return _with_member(party, event.player_id, disconnected_at=since, remove_at=event.remove_at)


def _leader_changed(party: Party, event: e.LeaderChanged, at: Instant) -> Party:
    return changed(party, leader_id=event.leader.id, term=event.term, leader_acted_at=at)


def _countdown_started(party: Party, event: e.CountdownStarted, at: Instant) -> Party:
    session = Session(
        id=event.session_id,
        party_id=party.id,
        status=SessionStatus.WAITING,
        players=tuple(m.player for m in party.members),
        game_type=party.settings.game_type,
        difficulty=party.settings.difficulty,
        created_at=at,
    )
    return changed(party, state=PartyState.STARTING, session=session, starts_at=event.starts_at, forced=event.forced)


def _countdown_cancelled(party: Party, event: e.CountdownCancelled, at: Instant) -> Party:
    return changed(party, state=PartyState.WAITING, session=None, starts_at=None, forced=False)


def _session_started(party: Party, event: e.SessionStarted, at: Instant) -> Party:
    session = changed(
        _live(party),
        status=SessionStatus.IN_PROGRESS,
        started_at=at,
        endpoint=event.endpoint,
        allocation=event.allocation,
    )
    return changed(party, state=PartyState.IN_PROGRESS, session=session, starts_at=None, forced=False)


def _session_updated(party: Party, event: e.SessionUpdated, at: Instant) -> Party:
    session = changed(
        _live(party),
        floor=event.floor,
        endpoint=event.endpoint,
        attributes=event.attributes,
        players=event.players,
        arrived=event.arrived,
    )
    return changed(party, session=session)


def _ticket_spent(party: Party, event: e.TicketSpent, at: Instant) -> Party:
    """A spent ticket is forgotten once it would be refused as expired."""
    session = _live(party)
    arrived = session.arrived if event.player_id in session.arrived else (*session.arrived, event.player_id)
    unexpired = tuple(ticket for ticket in session.spent if ticket.expires_at > at)
    spent = (*unexpired, SpentTicket(event.ticket_id, event.expires_at))
    return changed(party, session=changed(session, arrived=arrived, spent=spent))


def _game_server_seen(party: Party, event: e.GameServerSeen, at: Instant) -> Party:
    return changed(party, session=changed(_live(party), server_seen_at=at))


def _session_ended(party: Party, event: e.SessionEnded, at: Instant) -> Party:
    ended = changed(_live(party), status=event.status, ended_at=at, outcome=event.outcome, spent=())
    members = tuple(changed(m, ready_for=None) for m in party.members)
    return changed(party, state=PartyState.WAITING, session=None, last_session=ended, members=members)


def _live(party: Party) -> Session:
    assert party.session is not None, "the log has a session before it is started, updated or ended"
    return party.session


def _message_posted(party: Party, event: e.MessagePosted, at: Instant) -> Party:
    return party


def _party_closed(party: Party, event: e.PartyClosed, at: Instant) -> Party:
    return changed(party, state=PartyState.CLOSED, leader_id=None, last_member_ids=event.last_member_ids)


_FOLDS: dict[type[Any], Callable[[Party, Any, Instant], Party]] = {
    e.SettingsChanged: _settings_changed,
    e.MemberJoined: _member_joined,
    e.MemberLeft: _member_left,
    e.MemberUpdated: _member_updated,
    e.MemberConnectionChanged: _connection_changed,
    e.LeaderChanged: _leader_changed,
    e.CountdownStarted: _countdown_started,
    e.CountdownCancelled: _countdown_cancelled,
    e.SessionStarted: _session_started,
    e.SessionUpdated: _session_updated,
    e.TicketSpent: _ticket_spent,
    e.GameServerSeen: _game_server_seen,
    e.SessionEnded: _session_ended,
    e.MessagePosted: _message_posted,
    e.PartyClosed: _party_closed,
}
