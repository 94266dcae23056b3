"""All ways out of a party: leave, be kicked or banned, lose the seat, or see the party close.

A kicked player may join again after `Bounds.kick_cooldown_ms` (checked in `joining.py`), a banned one never.
A kick of a player for whom a seat is held, or who waits for one, ends that. A party that its last member has left is closed in
the same step.
"""

from __future__ import annotations

from lobby.domain.bounds import Bounds
from lobby.domain.commands import CloseParty, DisbandParty, KickMember, LeaveParty, RemoveMember
from lobby.domain.events import CountdownCancelled, Event, MemberLeft, PartyClosed, SessionEnded
from lobby.domain.model import Departure, Party, Player
from lobby.domain.rejections import Rejection, invalid
from lobby.domain.rules import RuleResult, RuleTable
from lobby.domain.rules.actor_checks import require_leader, require_member, require_other_member
from lobby.domain.rules.invites import revoke_all_invites
from lobby.domain.rules.reservations import cancel_reservation
from lobby.domain.rules.search import cancelled
from lobby.domain.rules.sessions_and_game_servers import remove_from_session
from lobby.domain.rules.waiting import leave_waiting_list
from lobby.domain.values import (
    CancelReason,
    CloseReason,
    Instant,
    LeaveReason,
    PartyState,
    SearchCancelReason,
    SessionStatus,
)


def leave_party(party: Party, command: LeaveParty, at: Instant, bounds: Bounds) -> RuleResult:
    """A player on the waiting list leaves that."""
    if party.is_waiting(command.actor.id):
        return leave_waiting_list(party, command.actor.id)
    member = require_member(party, command.actor.id)
    if isinstance(member, Rejection):
        return member
    return remove_member(party, member.player, command.reason)


def kick_member(party: Party, command: KickMember, at: Instant, bounds: Bounds) -> RuleResult:
    """Take the seat from a member. A ban also counts for a former member, because players who annoy others often leave first."""
    if party.reservation(command.player_id) is not None or party.is_waiting(command.player_id):
        return require_leader(party, command.actor) or _kick_reserved(party, command, bounds)
    departure = party.departure(command.player_id)
    if command.ban and departure is not None and party.member(command.player_id) is None:
        return require_leader(party, command.actor) or _ban_former_member(party, departure, bounds)
    member = require_other_member(party, command.actor, command.player_id)
    if isinstance(member, Rejection):
        return member
    if not command.ban:
        return remove_member(party, member.player, LeaveReason.KICKED)
    return _check_bans(party, bounds) or remove_member(party, member.player, LeaveReason.BANNED)


def disband_party(party: Party, command: DisbandParty, at: Instant, bounds: Bounds) -> RuleResult:
    rejection = require_leader(party, command.actor)
    return rejection if rejection is not None else close_party(party, CloseReason.DISBANDED)


def remove_member_by_moderator(party: Party, command: RemoveMember, at: Instant, bounds: Bounds) -> RuleResult:
    """A player on the waiting list leaves that. Nothing changes for a player who is no member any more, or has come back
    since."""
    since = party.waits_since(command.player_id)
    if since is not None:
        return leave_waiting_list(party, command.player_id) if since <= command.joined_until else []
    member = party.member(command.player_id)
    if member is None or member.joined_at > command.joined_until:
        return []
    return remove_member(party, member.player, LeaveReason.REMOVED)


def close_party_by_moderator(party: Party, command: CloseParty, at: Instant, bounds: Bounds) -> RuleResult:
    return [] if party.is_closed else close_party(party, CloseReason.MODERATED)


def remove_member(party: Party, player: Player, reason: LeaveReason) -> list[Event]:
    """A player who leaves the party leaves its session too. `decide` adds what follows: a new leader, or the end."""
    return [*remove_from_session(party, player.id), MemberLeft(player, reason)]


def _kick_reserved(party: Party, command: KickMember, bounds: Bounds) -> RuleResult:
    """Give up a seat that is held, or a place on the waiting list. A ban needs that the player has been in the party before."""
    cancelled = cancel_reservation(party, command.player_id) or leave_waiting_list(party, command.player_id)
    departure = party.departure(command.player_id)
    if not command.ban:
        return cancelled
    if departure is None:
        return invalid("ban", "Only a player who has been in the party can be banned.")
    banned = _ban_former_member(party, departure, bounds)
    return [*cancelled, *banned] if isinstance(banned, list) else banned


def _ban_former_member(party: Party, departure: Departure, bounds: Bounds) -> RuleResult:
    if departure.reason is LeaveReason.BANNED:
        return []
    player = Player(departure.player_id, departure.display_name)
    return _check_bans(party, bounds) or [MemberLeft(player, LeaveReason.BANNED)]


def _check_bans(party: Party, bounds: Bounds) -> Rejection | None:
    if sum(d.reason is LeaveReason.BANNED for d in party.departures) < bounds.bans_max:
        return None
    return invalid("ban", f"A party can ban at most {bounds.bans_max} players.")


def close_party(party: Party, reason: CloseReason) -> list[Event]:
    """All members leave because the party closes. A countdown or a session ends first, and so do invites."""
    players = tuple(m.player for m in party.members)
    return [
        *_cancellation_events(party, CancelReason.LEADER_CANCELLED),
        *revoke_all_invites(party),
        *(MemberLeft(player, LeaveReason.PARTY_CLOSED) for player in players),
        PartyClosed(reason, tuple(player.id for player in players)),
    ]


def close_empty_party(party: Party) -> list[Event]:
    """The end of a party whose last member has just left.

    A party that was created without its first member has no members either, but nobody has left it: it stays open.
    """
    if not party.departures:
        return []
    last = party.departures[-1]
    timed_out = last.reason is LeaveReason.TIMED_OUT
    close_reason = CloseReason.EXPIRED if timed_out else CloseReason.LAST_MEMBER_LEFT
    cancel_reason = CancelReason.BELOW_MINIMUM if party.forced else CancelReason.MEMBER_LEFT
    ended = (*_cancellation_events(party, cancel_reason), *revoke_all_invites(party))
    return [*ended, PartyClosed(close_reason, (last.player_id,))]


def _cancellation_events(party: Party, reason: CancelReason) -> list[Event]:
    """The events that end a search, a countdown (for `reason`) or a session of a party that closes."""
    if party.live_search is not None:
        return [cancelled(party.live_search, SearchCancelReason.ROSTER_CHANGED)]
    if party.state is PartyState.STARTING:
        return [CountdownCancelled(reason)]
    if party.state is PartyState.IN_PROGRESS:
        return [SessionEnded(SessionStatus.ABANDONED, None)]
    return []


RULES: RuleTable = {
    LeaveParty: leave_party,
    KickMember: kick_member,
    DisbandParty: disband_party,
    RemoveMember: remove_member_by_moderator,
    CloseParty: close_party_by_moderator,
}
