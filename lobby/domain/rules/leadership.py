"""The leader of a party, and how the leadership passes to another member.

- The leader promotes another member, unless that one has been disconnected for longer than the grace of a leader.
- The leader leaves: the successor is the connected member who joined first; if none is connected, the member who joined first.
- The leader disconnects in a WAITING party: after `Bounds.leader_grace_ms` the successor takes over, if anybody is connected.
- The leader does nothing while all others are ready: after `Bounds.leader_idle_ms` any member may claim the leadership.

Each change raises the party's `term` by one.
"""

from __future__ import annotations

from lobby.domain.bounds import Bounds
from lobby.domain.commands import ClaimLeadership, PromoteMember
from lobby.domain.events import Event, LeaderChanged
from lobby.domain.model import Member, Party, Player
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules import RuleResult, RuleTable
from lobby.domain.rules.actor_checks import require_member, require_other_member
from lobby.domain.values import Instant, LeaderChangeReason, PartyState


def promote_member(party: Party, command: PromoteMember, at: Instant, bounds: Bounds) -> RuleResult:
    member = require_other_member(party, command.actor, command.player_id)
    if isinstance(member, Rejection):
        return member
    if _is_out_of_grace(member, at, bounds):
        return Rejection(
            RejectionCode.NOT_READY,
            "That player is disconnected, and would lose the leadership at once.",
            "player_id",
            retryable=True,
            current=party,
        )
    return [_change_leader(party, member.player, LeaderChangeReason.PROMOTED)]


def claim_leadership(party: Party, command: ClaimLeadership, at: Instant, bounds: Bounds) -> RuleResult:
    """A member takes over from an idle leader: all others have been ready, and the leader has not acted, for long enough."""
    member = require_member(party, command.actor.id)
    if isinstance(member, Rejection):
        return member
    if party.leader_id == command.actor.id:
        return []
    if party.others_ready_since is None:
        return Rejection(
            RejectionCode.NOT_READY,
            "The leadership can be claimed once all others have been ready for a while.",
            retryable=True,
            current=party,
        )
    wait_ms = max(party.others_ready_since, party.leader_acted_at) + bounds.leader_idle_ms - at
    if wait_ms > 0:
        return Rejection(
            RejectionCode.NOT_READY,
            "The leader still has time to act.",
            retryable=True,
            retry_after_ms=wait_ms,
            current=party,
        )
    return [_change_leader(party, command.actor, LeaderChangeReason.LEADER_IDLE)]


def appoint_successor(party: Party) -> list[Event]:
    """The leader has left: the successor leads now."""
    return [_change_leader(party, _successor(party), LeaderChangeReason.LEADER_LEFT)]


def replace_disconnected_leader(party: Party, at: Instant, bounds: Bounds, up_since: Instant = 0) -> list[Event]:
    """The change of leader after the grace of a disconnected leader; empty while the grace runs or the leader is connected.

    No grace ends sooner than a full one after `up_since`, the start of the server: nobody could reconnect before.
    """
    ends_at = leader_grace_ends_at(party, bounds)
    if ends_at is None or max(ends_at, up_since + bounds.leader_grace_ms) > at:
        return []
    return [_change_leader(party, _successor(party), LeaderChangeReason.LEADER_DISCONNECTED)]


def leader_grace_ends_at(party: Party, bounds: Bounds) -> Instant | None:
    """When the disconnected leader of a WAITING party loses the leadership.

    None while the leader is connected, in other states, and while no other member is connected who could take over.
    """
    leader = party.leader
    if party.state is not PartyState.WAITING or leader is None or leader.disconnected_at is None:
        return None
    return leader.disconnected_at + bounds.leader_grace_ms if party.has_connected_member else None


def _is_out_of_grace(member: Member, at: Instant, bounds: Bounds) -> bool:
    """True if `member` would not stay leader of a WAITING party, because the grace of a disconnected leader is over."""
    return member.disconnected_at is not None and member.disconnected_at + bounds.leader_grace_ms <= at


def _successor(party: Party) -> Player:
    """The connected member who joined first, else the member who joined first."""
    return next((m for m in party.members if m.remove_at is None), party.members[0]).player


def _change_leader(party: Party, leader: Player, reason: LeaderChangeReason) -> LeaderChanged:
    """The event. Its `previous` stays None if the last leader has left the party."""
    previous = party.leader
    return LeaderChanged(previous.player if previous else None, leader, reason, party.term + 1)


RULES: RuleTable = {
    PromoteMember: promote_member,
    ClaimLeadership: claim_leadership,
}
