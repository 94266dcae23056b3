"""How each event changes a party: the state of a party is computed from its log by applying one event after the other.

There is no rule here. A log is accepted as it is, also one that today's rules would not produce.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from typing import Any

from lobby.domain import events as e
from lobby.domain import evolve_sessions as sessions
from lobby.domain.model import (
    Departure,
    Member,
    Party,
    Player,
    Session,
    WaitingPlayer,
)
from lobby.domain.values import Instant, LeaveReason, PartyState, PlayerId, SessionStatus
from lobby.struct import replace

ENDED_INVITES_MAX = 8
"""How many invites that have ended a party remembers: as many as may end in one commit, so that its answer has them."""
DEPARTURES_MAX = 64
"""How many departures a party remembers besides those of banned players: eight times all members of a full party."""


def evolve(party: Party | None, event: e.Event, seq: int, at: Instant, actor_id: PlayerId | None) -> Party:
    """The party as it is after `event`, which is entry `seq` of its log. For the first entry, `party` is None."""
    if isinstance(event, e.PartyCreated):
        return _create(event, seq, at)
    assert party is not None, "a log begins with PartyCreated"
    after = APPLY[type(event)](party, event, at) if event.changes_party else party
    return replace(
        after,
        version=seq,
        changed_at=at,
        acted_version=seq if event.raises_acted_version else party.acted_version,
        leader_acted_at=at if actor_id is not None and actor_id == party.leader_id else after.leader_acted_at,
        others_ready_since=_others_ready_since(after, at),
        session=_watch_host(after, at) if after.session is not None else None,
    )


def append(
    party: Party | None, events: Iterable[e.Event], at: Instant, actor_id: PlayerId | None
) -> tuple[e.Entry, ...]:
    """The entries that append `events` to the log of `party`; None: to a new log.

    Times in a log never go back: the clocks of two nodes differ by some milliseconds.
    """
    if party is not None:
        at = max(at, party.changed_at)
    entries: list[e.Entry] = []
    for event in events:
        seq = party.version + 1 if party else 1
        party = evolve(party, event, seq, at, actor_id)
        entries.append(e.Entry(seq, at, actor_id, event, party))
    return tuple(entries)


def _others_ready_since(party: Party, at: Instant) -> Instant | None:
    has_others = False
    for member in party.members:
        if member.player.id != party.leader_id:
            has_others = True
            if not party.is_ready(member):
                return None
    if party.state is not PartyState.WAITING or not has_others:
        return None
    return at if party.others_ready_since is None else party.others_ready_since


def _watch_host(party: Party, at: Instant) -> Session | None:
    """The session of `party`, with `host_away_since` as it is after an event."""
    session = party.session
    if session is None or session.host is None:
        return session
    is_away = _is_disconnected(party, session.host.player) and any(
        player.id != session.host.player.id and not _is_disconnected(party, player) for player in session.players
    )
    if is_away is (session.host_away_since is not None):
        return session
    return replace(session, host_away_since=at if is_away else None)


def _is_disconnected(party: Party, player: Player) -> bool:
    member = party.member(player.id)
    return member is not None and member.remove_at is not None


def _create(event: e.PartyCreated, seq: int, at: Instant) -> Party:
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
        members=(Member(creator, at, event.character_class, client_version=event.client_version, team=event.team),)
        if creator
        else (),
        attributes=event.attributes,
        leader_acted_at=at,
        reservations=event.reservations,
        continues=event.continues,
        external_key=event.external_key,
    )


def _apply_settings_changed(party: Party, event: e.SettingsChanged, at: Instant) -> Party:
    return replace(party, settings=event.settings, attributes=event.attributes, join_code=event.join_code)


def _apply_member_joined(party: Party, event: e.MemberJoined, at: Instant) -> Party:
    before = party.departure(event.player.id)
    seat = Member(
        event.player,
        at,
        event.character_class,
        late_join=event.late_join,
        client_version=event.client_version,
        team=event.team,
        muted=before is not None and before.muted and party.leader_id is not None,
        first_seq=before.first_seq if before is not None else party.version + 1,
    )
    party = replace(
        party,
        leader_id=party.leader_id or event.player.id,
        reservations=tuple(held for held in party.reservations if held.player.id != event.player.id),
        waiting=_waiting_without(party, {event.player.id}),
    )
    return _with_members(party, (*party.members, seat))


def _apply_member_left(party: Party, event: e.MemberLeft, at: Instant) -> Party:
    player_id = event.player.id
    member = party.member(player_id)
    if member is None:
        return _change_departure(party, event)
    departure = Departure(
        player_id, event.reason, at, party.version + 1, event.player.display_name, member.muted, member.first_seq
    )
    departures = [*(d for d in party.departures if d.player_id != player_id), departure]
    remaining = tuple(m for m in party.members if m.player.id != player_id)
    return replace(_with_members(party, remaining), departures=_bound_departures(departures))


def _change_departure(party: Party, event: e.MemberLeft) -> Party:
    """A former member is banned. `at` and `seq` stay those of the leaving: a stream that resumes ends there, and not at the
    ban, so that it does not show what happened in between."""
    departures = tuple(
        replace(d, reason=event.reason) if d.player_id == event.player.id else d for d in party.departures
    )
    return replace(party, departures=departures)


def _bound_departures(departures: list[Departure]) -> tuple[Departure, ...]:
    """All bans, and the latest of the other departures."""
    unbanned = [d for d in departures if d.reason is not LeaveReason.BANNED]
    dropped = set(unbanned[:-DEPARTURES_MAX])
    return tuple(d for d in departures if d not in dropped)


def _with_members(party: Party, members: tuple[Member, ...]) -> Party:
    """`party` with `members`. The players of a session that has not begun are always the members."""
    session = party.session
    if session is not None and session.status is SessionStatus.WAITING:
        session = replace(session, players=tuple(m.player for m in members))
    return replace(party, members=members, session=session)


def _with_member(party: Party, player_id: PlayerId, **changes: Any) -> Party:
    members = [replace(m, **changes) if m.player.id == player_id else m for m in party.members]
    return replace(party, members=tuple(members))


def _apply_member_updated(party: Party, event: e.MemberUpdated, at: Instant) -> Party:
    return _with_member(
        party,
        event.player_id,
        character_class=event.character_class,
        ready_for=event.ready_for,
        attributes=event.attributes,
        client_version=event.client_version,
        team=event.team,
        muted=event.muted,
        pings=event.pings,
    )


def _apply_reservations_changed(party: Party, event: e.ReservationsChanged, at: Instant) -> Party:
    held = {held.player.id for held in event.reservations}
    waiting = event.waiting if event.waiting is not None else _waiting_without(party, held)
    return replace(party, reservations=event.reservations, waiting=waiting)


def _apply_waiting_changed(party: Party, event: e.WaitingChanged, at: Instant) -> Party:
    return replace(party, waiting=event.waiting)


def _waiting_without(party: Party, player_ids: Set[PlayerId]) -> tuple[WaitingPlayer, ...]:
    return tuple(waiting for waiting in party.waiting if waiting.player.id not in player_ids)


def _apply_player_invited(party: Party, event: e.PlayerInvited, at: Instant) -> Party:
    ended = [invite for invite in party.invites if not invite.is_pending]
    return replace(party, invites=(*party.pending_invites, event.invite, *ended))


def _apply_invite_ended(party: Party, event: e.InviteEnded, at: Instant) -> Party:
    pending = [invite for invite in party.pending_invites if invite.id != event.invite.id]
    ended = [invite for invite in party.invites if not invite.is_pending and invite.id != event.invite.id]
    return replace(party, invites=(*pending, *[*ended, event.invite][-ENDED_INVITES_MAX:]))


def _apply_member_connection_changed(party: Party, event: e.MemberConnectionChanged, at: Instant) -> Party:
    if event.remove_at is None:
        return _with_member(party, event.player_id, disconnected_at=None, remove_at=None)
    member = party.member(event.player_id)
    since = member.disconnected_at if member and member.disconnected_at is not None else at
    return _with_member(party, event.player_id, disconnected_at=since, remove_at=event.remove_at)


def _apply_leader_changed(party: Party, event: e.LeaderChanged, at: Instant) -> Party:
    party = _with_member(party, event.leader.id, muted=False)
    return replace(party, leader_id=event.leader.id, term=event.term, leader_acted_at=at)


def _apply_party_search_changed(party: Party, event: e.PartySearchChanged, at: Instant) -> Party:
    return replace(party, search=event.search)


def _apply_party_closed(party: Party, event: e.PartyClosed, at: Instant) -> Party:
    return replace(
        party,
        state=PartyState.CLOSED,
        leader_id=None,
        last_member_ids=event.last_member_ids,
        reservations=(),
        continues=None,
        waiting=(),
    )


APPLY: dict[type[Any], Callable[[Party, Any, Instant], Party]] = {
    e.SettingsChanged: _apply_settings_changed,
    e.MemberJoined: _apply_member_joined,
    e.MemberLeft: _apply_member_left,
    e.MemberUpdated: _apply_member_updated,
    e.ReservationsChanged: _apply_reservations_changed,
    e.WaitingChanged: _apply_waiting_changed,
    e.PlayerInvited: _apply_player_invited,
    e.InviteEnded: _apply_invite_ended,
    e.MemberConnectionChanged: _apply_member_connection_changed,
    e.LeaderChanged: _apply_leader_changed,
    e.PartySearchChanged: _apply_party_search_changed,
    e.PartyClosed: _apply_party_closed,
    **sessions.APPLY,
}
"""The function of each kind of event that changes the party, but PartyCreated, which has no party before it."""
