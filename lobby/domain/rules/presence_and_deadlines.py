"""Presence of members, and deadlines: when a party needs attention although nobody sends a command, and what happens then.

A member whose last stream has ended keeps the seat for a grace; its length depends on the party's state at the disconnect
(`Bounds.grace_ms`). A member who returns in time keeps everything; one who does not has left with TIMED_OUT.

A deadline is never stored by itself. It is computed from the party, so the two cannot disagree:
- the end of a disconnected member's grace;
- the end of a reservation (`reservations.py`) and of an invite (`invites.py`);
- a free seat for the waiting list (`waiting.py`): it is due until a seat is held, because players on the list may connect later;
- the next check whether players on the waiting list are connected (`waiting.py`);
- the end of a countdown, and of the wait for an endpoint after it (`countdown.py`);
- the silence of a game server, and the wait for games that load (`sessions_and_game_servers.py`);
- the end of a disconnected host's grace, and of the time in which a new host has to report (`hosting.py`);
- the end of a search, and of the time to accept a proposed match (`search.py`);
- the expiry of a WAITING party in which nothing happens;
- the end of a disconnected leader's grace (`leadership.py`).
"""

from __future__ import annotations

from lobby.domain.bounds import Bounds
from lobby.domain.commands import MeetDeadlines, SetPresence
from lobby.domain.events import CountdownCancelled, Event, MemberConnectionChanged, SessionEnded
from lobby.domain.model import Member, Party
from lobby.domain.rules import RuleResult, RuleTable
from lobby.domain.rules.hosting import host_deadline, meet_host_deadlines
from lobby.domain.rules.invites import end_due_invites
from lobby.domain.rules.leadership import leader_grace_ends_at, replace_disconnected_leader
from lobby.domain.rules.leaving_and_kicks import close_party, remove_member
from lobby.domain.rules.reservations import end_due_reservations
from lobby.domain.rules.search import meet_search_deadline, search_deadline
from lobby.domain.rules.sessions_and_game_servers import go_after_wait, load_wait_ends_at, silence_ends_at
from lobby.domain.rules.waiting import offer_due_at, waiting_check_due_at
from lobby.domain.values import CancelReason, CloseReason, Instant, LeaveReason, PartyState, SessionStatus

_WAITING = PartyState.WAITING
"""This name is read in a fifth of the time, see `model.py`. Every commit asks for the next deadline."""


def set_presence(party: Party, command: SetPresence, at: Instant, bounds: Bounds) -> RuleResult:
    member = party.member(command.player_id)
    if member is None or command.connected == (member.remove_at is None):
        return []
    remove_at = None if command.connected else at + bounds.grace_ms(party.state)
    return [MemberConnectionChanged(command.player_id, remove_at)]


def end_grace(party: Party, member: Member, at: Instant, up_since: Instant, bounds: Bounds) -> list[Event]:
    """The grace of `member` is over: the member loses the seat.

    But nobody could return while the server was down. A member who disconnected before the server's start at `up_since`
    gets a full grace again, counted from that start.
    """
    since = member.disconnected_at
    earliest = up_since + bounds.grace_ms(party.state)
    if since is not None and since < up_since and earliest > at:
        return [MemberConnectionChanged(member.player.id, earliest)]
    return remove_member(party, member.player, LeaveReason.TIMED_OUT)


def next_deadline(party: Party, bounds: Bounds, after: Instant = 0) -> Instant | None:
    """The earliest time later than `after` at which `party` needs attention; None if there is no such time.

    At the end of a countdown the server allocates the endpoint. If the server dies, the next deadline cancels the countdown.
    """
    later = [deadline for deadline in all_deadlines(party, bounds) if deadline > after]
    return min(later) if later else None


def all_deadlines(party: Party, bounds: Bounds) -> list[Instant]:
    """All times at which `party` as it is now needs attention, in no order."""
    if party.is_closed:
        return []
    deadlines = [_expires_at(party, bounds)]
    absences = [member.remove_at for member in party.members if member.remove_at is not None]
    if absences:
        deadlines += (*absences, leader_grace_ends_at(party, bounds))
    if party.reservations:
        deadlines += [held.until for held in party.reservations]
    if party.invites:
        deadlines += [invite.expires_at for invite in party.pending_invites]
    if party.session is not None:
        deadlines += (silence_ends_at(party, bounds), load_wait_ends_at(party), host_deadline(party, bounds))
    if party.waiting:
        deadlines += (offer_due_at(party), waiting_check_due_at(party))
    if party.search is not None:
        deadlines.append(search_deadline(party))
    if party.starts_at is not None:
        deadlines.append(party.starts_at)
        deadlines.append(party.starts_at + bounds.allocation_ms)
    return [deadline for deadline in deadlines if deadline is not None]


def meet_deadlines(party: Party, command: MeetDeadlines, at: Instant, bounds: Bounds) -> RuleResult:
    """The first thing that is due at `at`. The caller repeats the command until nothing changes."""
    if party.is_closed:
        return []
    for member in party.members:
        if member.remove_at is not None and member.remove_at <= at:
            return end_grace(party, member, at, command.up_since, bounds)
    if party.starts_at is not None and party.starts_at + bounds.allocation_ms <= at:
        return [CountdownCancelled(CancelReason.ALLOCATION_FAILED)]
    ended = end_due_reservations(party, at, command.up_since, bounds)
    if ended:
        return ended
    expired = end_due_invites(party, at, command.up_since, bounds)
    if expired:
        return expired
    silence = silence_ends_at(party, bounds)
    if silence is not None and max(silence, command.up_since + bounds.game_server_silence_ms) <= at:
        return [SessionEnded(SessionStatus.ABANDONED, None)]
    go = go_after_wait(party, at, command.up_since)
    if go:
        return list(go)
    search = meet_search_deadline(party, at, command.up_since, bounds)
    if search:
        return search
    expiry = _expires_at(party, bounds)
    if expiry is not None and max(expiry, command.up_since + bounds.grace_waiting_ms) <= at:
        return close_party(party, CloseReason.EXPIRED)
    return meet_host_deadlines(party, at, command.up_since, bounds) or replace_disconnected_leader(
        party, at, bounds, command.up_since
    )


def _expires_at(party: Party, bounds: Bounds) -> Instant | None:
    """When a WAITING party closes if nothing happens. One that nobody has joined yet closes after a grace already."""
    if party.state is not _WAITING:
        return None
    return party.changed_at + (bounds.idle_ms if party.members else bounds.grace_waiting_ms)


RULES: RuleTable = {SetPresence: set_presence, MeetDeadlines: meet_deadlines}
