"""What only the leader does: settings, kick, ban, promote, code, disband; and how an idle leader loses the lead."""

from __future__ import annotations

from lobby.domain import text
from lobby.domain.bounds import Bounds
from lobby.domain.commands import (
    ClaimLeadership,
    DisbandParty,
    KickMember,
    PromoteMember,
    RotateJoinCode,
    UpdateParty,
)
from lobby.domain.events import Event, LeaderChanged, MemberLeft, PartyClosed, SettingsChanged
from lobby.domain.model import Member, Party, PartySettings, Player
from lobby.domain.rejections import Rejection, RejectionCode, invalid
from lobby.domain.rules import access
from lobby.domain.rules.departing import called_off, departed
from lobby.domain.rules.outcome import Answer
from lobby.domain.rules.settings import changed_names, patched
from lobby.domain.values import (
    CancelReason,
    CloseReason,
    Instant,
    LeaderChangeReason,
    LeaveReason,
    PartyState,
)


def update_party(party: Party, command: UpdateParty, at: Instant, bounds: Bounds) -> Answer:
    refusal = access.leads(party, command.actor)
    if refusal is not None:
        return refusal
    if party.state is PartyState.STARTING:
        return access.starting(party, at)
    settings = patched(party.settings, command.patch, command.password_hash, len(party.members), bounds)
    if not isinstance(settings, PartySettings):
        return settings
    attributes = text.merged("attributes", party.attributes, command.attributes, text.PARTY_ATTRIBUTES_MAX)
    if isinstance(attributes, Rejection):
        return attributes
    changed = changed_names(party.settings, settings)
    if attributes != party.attributes:
        changed = (*changed, "attributes")
    return [SettingsChanged(settings, attributes, party.join_code, changed)] if changed else []


def rotate_join_code(party: Party, command: RotateJoinCode, at: Instant, bounds: Bounds) -> Answer:
    refusal = access.leads(party, command.actor)
    if refusal is not None:
        return refusal
    return [SettingsChanged(party.settings, party.attributes, command.join_code, ("joinCode",))]


def kick_member(party: Party, command: KickMember, at: Instant, bounds: Bounds) -> Answer:
    member = _other_member(party, command.actor, command.player_id)
    if isinstance(member, Rejection):
        return member
    if not command.ban:
        return departed(party, member.player, LeaveReason.KICKED)
    if sum(d.reason is LeaveReason.BANNED for d in party.departures) >= bounds.bans_max:
        return invalid("ban", f"A party can ban at most {bounds.bans_max} players.")
    return departed(party, member.player, LeaveReason.BANNED)


def promote_member(party: Party, command: PromoteMember, at: Instant, bounds: Bounds) -> Answer:
    member = _other_member(party, command.actor, command.player_id)
    if isinstance(member, Rejection):
        return member
    return [leader_changed(party, member.player, LeaderChangeReason.PROMOTED)]


def claim_leadership(party: Party, command: ClaimLeadership, at: Instant, bounds: Bounds) -> Answer:
    member = access.seat(party, command.actor.id)
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
    return [leader_changed(party, command.actor, LeaderChangeReason.LEADER_IDLE)]


def disband_party(party: Party, command: DisbandParty, at: Instant, bounds: Bounds) -> Answer:
    refusal = access.leads(party, command.actor)
    return refusal if refusal is not None else dissolved(party, CloseReason.DISBANDED)


def dissolved(party: Party, reason: CloseReason) -> list[Event]:
    """Everyone leaves because the party closes. What is starting or running ends first."""
    everyone = tuple(m.player for m in party.members)
    return [
        *called_off(party, CancelReason.LEADER_CANCELLED),
        *(MemberLeft(player, LeaveReason.PARTY_CLOSED) for player in everyone),
        PartyClosed(reason, tuple(player.id for player in everyone)),
    ]


def leader_changed(party: Party, leader: Player, reason: LeaderChangeReason) -> LeaderChanged:
    """`previous` is None where the last leader is no longer a member."""
    previous = party.leader
    return LeaderChanged(previous.player if previous else None, leader, reason, party.term + 1)


def _other_member(party: Party, actor: Player, player_id: str) -> Member | Rejection:
    """The member whom the leader names, who is not the leader."""
    refusal = access.leads(party, actor)
    if refusal is not None:
        return refusal
    if player_id == actor.id:
        return invalid("player_id", "Name another member, not yourself.")
    member = party.member(player_id)
    if member is None:
        return Rejection(RejectionCode.NOT_MEMBER, "That player is not in the party.", "player_id", current=party)
    return member
