"""What follows from a change by itself. It is looked at after every event, so that no party hangs."""

from __future__ import annotations

from collections.abc import Sequence

from lobby.domain import events as e
from lobby.domain.bounds import Bounds
from lobby.domain.model import Member, Party
from lobby.domain.rules.departing import called_off
from lobby.domain.rules.leading import leader_changed
from lobby.domain.rules.session import members_min
from lobby.domain.values import (
    CancelReason,
    CloseReason,
    Instant,
    LeaderChangeReason,
    LeaveReason,
    PartyState,
)


def consequences(
    before: Party | None, party: Party, happened: Sequence[e.Event], at: Instant, bounds: Bounds
) -> list[e.Event]:
    """The next events that `party` calls for after `happened` came over `before`; empty when it is at rest."""
    if party.is_closed:
        return []
    if not party.members:
        return _emptied(party)
    if party.leader is None:
        return [leader_changed(party, _successor(party).player, LeaderChangeReason.LEADER_LEFT)]
    broken = _countdown_broken(before, party, happened)
    if broken is not None:
        return [e.CountdownCancelled(broken)]
    return leader_lost(party, at, bounds)


def leader_grace_ends_at(party: Party, bounds: Bounds) -> Instant | None:
    """When a disconnected leader of a waiting party loses the lead to a connected member; None while neither."""
    leader = party.leader
    if party.state is not PartyState.WAITING or leader is None or leader.disconnected_at is None:
        return None
    return leader.disconnected_at + bounds.leader_grace_ms if party.has_connected_member else None


def _emptied(party: Party) -> list[e.Event]:
    """A party made without its first member is not emptied: nobody has left it."""
    if not party.departures:
        return []
    last = party.departures[-1]
    timed_out = last.reason is LeaveReason.TIMED_OUT
    reason = CloseReason.EXPIRED if timed_out else CloseReason.LAST_MEMBER_LEFT
    why = CancelReason.BELOW_MINIMUM if party.forced else CancelReason.MEMBER_LEFT
    return [*called_off(party, why), e.PartyClosed(reason, (last.player_id,))]


def _successor(party: Party) -> Member:
    """The longest-standing connected member, else the longest-standing one."""
    return next((m for m in party.members if m.remove_at is None), party.members[0])


def leader_lost(party: Party, at: Instant, bounds: Bounds, up_since: Instant = 0) -> list[e.Event]:
    """The change of leader that is due because the leader is gone; a full grace after `up_since` at the soonest."""
    ends_at = leader_grace_ends_at(party, bounds)
    if ends_at is None or max(ends_at, up_since + bounds.leader_grace_ms) > at:
        return []
    return [leader_changed(party, _successor(party).player, LeaderChangeReason.LEADER_DISCONNECTED)]


def _countdown_broken(before: Party | None, party: Party, happened: Sequence[e.Event]) -> CancelReason | None:
    """A forced countdown passes over who is ready and connected, never over the minimum."""
    if party.state is not PartyState.STARTING or before is None:
        return None
    if not party.forced:
        for event in happened:
            reason = _breaks(before, event)
            if reason is not None:
                return reason
    return CancelReason.BELOW_MINIMUM if len(party.members) < members_min(party) else None


def _breaks(before: Party, event: e.Event) -> CancelReason | None:
    if isinstance(event, e.MemberLeft):
        return CancelReason.MEMBER_LEFT
    if isinstance(event, e.MemberConnectionChanged) and event.remove_at is not None:
        return CancelReason.MEMBER_DISCONNECTED
    if isinstance(event, e.MemberUpdated) and _gave_up_ready(before.member(event.player_id), event):
        return CancelReason.MEMBER_UNREADY
    return None


def _gave_up_ready(member: Member | None, event: e.MemberUpdated) -> bool:
    """The leader is ready by starting, whatever the mark says; a new class takes that back too."""
    if member is None:
        return False
    return event.character_class != member.character_class or (member.ready_for is not None and event.ready_for is None)
