"""From the leader's start to a running session: the countdown, the endpoint, and what cancels it.

All members but the leader must be ready, and all connected, unless the leader forces the start and the party allows it. All
must run the version of the game that the party needs, and each team must have a member, also when it is forced.
At the end of the countdown the server asks an allocator for an endpoint (outside of the rules), then the session begins.
A countdown is cancelled when
- the leader cancels it;
- a member leaves, disconnects, or takes the ready back (a new class does that too), unless it was forced;
- fewer members are left than the game type needs, or a team has no member any more, also when it was forced;
- there is no endpoint, or none within `Bounds.allocation_ms` after the countdown (see `presence_and_deadlines.py`);
- the party closes.
"""

from __future__ import annotations

from collections.abc import Sequence

from lobby.domain import events as e
from lobby.domain.bounds import SECOND_MS, Bounds
from lobby.domain.commands import BeginSession, CancelStart, GiveUpAllocation, StartSession
from lobby.domain.model import Member, Party
from lobby.domain.party_settings import members_min
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules import RuleResult, RuleTable
from lobby.domain.rules.actor_checks import reject_version, require_leader
from lobby.domain.rules.teams import find_empty_team
from lobby.domain.values import CancelReason, Instant, PartyState, SessionId


def start_session(party: Party, command: StartSession, at: Instant, bounds: Bounds) -> RuleResult:
    """Begin the countdown. While a session is being started or runs, nothing changes."""
    rejection = require_leader(party, command.actor)
    if rejection is not None:
        return rejection
    if party.session is not None:
        return []
    needed = members_min(party.settings.game_type)
    if len(party.members) < needed:
        return Rejection(
            RejectionCode.TOO_FEW_MEMBERS,
            f"At least {needed} members are needed.",
            retryable=True,
            current=party,
        )
    required = party.settings.client_version
    if required is not None and any(member.client_version != required for member in party.members):
        return reject_version(required, retryable=True, current=party)
    empty = find_empty_team(party)
    if empty is not None:
        message = f"Nobody is in team {empty}."
        return Rejection(RejectionCode.TEAM_EMPTY, message, retryable=True, current=party)
    forced = command.force and party.settings.allow_force_start
    if not forced and not all(_can_start(party, member) for member in party.members):
        return Rejection(RejectionCode.NOT_READY, "Not every member is ready.", retryable=True, current=party)
    starts_at = at + party.settings.countdown_s * SECOND_MS
    seed = command.seed if party.continues is None or party.continues.seed is None else party.continues.seed
    return [e.CountdownStarted(command.session_id, starts_at, forced, seed)]


def _can_start(party: Party, member: Member) -> bool:
    """The leader is ready by starting; a disconnected member never is."""
    is_leader = member.player.id == party.leader_id
    return member.remove_at is None and (is_leader or party.is_ready(member))


def cancel_start(party: Party, command: CancelStart, at: Instant, bounds: Bounds) -> RuleResult:
    rejection = require_leader(party, command.actor)
    if rejection is not None:
        return rejection
    if party.state is not PartyState.STARTING:
        return Rejection(RejectionCode.SESSION_NOT_ACTIVE, "Nothing is being started.", current=party)
    return [e.CountdownCancelled(CancelReason.LEADER_CANCELLED)]


def begin_session(party: Party, command: BeginSession, at: Instant, bounds: Bounds) -> RuleResult:
    """The countdown is over and the endpoint is there. If the session was cancelled or has begun, nothing changes."""
    if not _is_due(party, command.session_id, at):
        return []
    host = party.leader.player if command.is_hosted and party.leader is not None else None
    return [e.SessionStarted(command.endpoint, command.allocation, host)]


def give_up_allocation(party: Party, command: GiveUpAllocation, at: Instant, bounds: Bounds) -> RuleResult:
    """No endpoint will come. If the session was cancelled or has begun, nothing changes."""
    if not _is_due(party, command.session_id, at):
        return []
    return [e.CountdownCancelled(CancelReason.ALLOCATION_FAILED)]


def _is_due(party: Party, session_id: SessionId, at: Instant) -> bool:
    """True if the countdown to this session is over and the session has not begun."""
    is_over = party.starts_at is not None and party.starts_at <= at
    return is_over and party.session is not None and party.session.id == session_id


def cancel_broken_countdown(before: Party | None, party: Party, happened: Sequence[e.Event]) -> list[e.Event]:
    """The end of a countdown that cannot go on after `happened` has turned `before` into `party`."""
    if party.state is not PartyState.STARTING or before is None:
        return []
    reason = None if party.forced else _first_cancel_reason(before, happened)
    is_below = len(party.members) < members_min(party.settings.game_type) or find_empty_team(party) is not None
    if reason is None and is_below:
        reason = CancelReason.BELOW_MINIMUM
    return [] if reason is None else [e.CountdownCancelled(reason)]


def _first_cancel_reason(before: Party, happened: Sequence[e.Event]) -> CancelReason | None:
    for event in happened:
        if isinstance(event, e.MemberLeft) and before.member(event.player.id) is not None:
            return CancelReason.MEMBER_LEFT  # not for a former member who is banned now
        if isinstance(event, e.MemberConnectionChanged) and event.remove_at is not None:
            return CancelReason.MEMBER_DISCONNECTED
        if isinstance(event, e.MemberUpdated) and _takes_ready_back(before.member(event.player_id), event):
            return CancelReason.MEMBER_UNREADY
    return None


def _takes_ready_back(member: Member | None, event: e.MemberUpdated) -> bool:
    """A new class does so even for the leader, who is ready by starting and may be without `ready_for`."""
    if member is None:
        return False
    return event.character_class != member.character_class or (member.ready_for is not None and event.ready_for is None)


RULES: RuleTable = {
    StartSession: start_session,
    CancelStart: cancel_start,
    BeginSession: begin_session,
    GiveUpAllocation: give_up_allocation,
}
