"""Which deed in the log an act may claim as its own."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.evidence.acts import Act, Answer
from chaos.truth.deeds import Deed
from lobby.domain.model import Party
from lobby.domain.values import SessionStatus

DEEDS_OF: dict[str, tuple[str, ...]] = {
    "CreateParty": ("create",),
    "UpdateParty": ("update",),
    "RotateJoinCode": ("rotate",),
    "JoinById": ("join",),
    "JoinByCode": ("join",),
    "QuickJoin": ("join", "create"),
    "LeaveParty": ("leave",),
    "KickMember": ("kick",),
    "PromoteMember": ("promote",),
    "ClaimLeadership": ("claim",),
    "DisbandParty": ("disband",),
    "UpdateMember": ("member",),
    "SetReady": ("ready",),
    "PostMessage": ("message",),
    "StartSession": ("start",),
    "CancelStart": ("cancel",),
    "JoinSession": ("enter",),
    "LeaveSession": ("exit",),
    "UpdateSession": ("session",),
    "CompleteSession": ("complete",),
}
"""By operation: what it is called in the log."""
MARKED = frozenset({"create", "update", "member", "message", "session", "complete"})
MOVING = frozenset({"CreateParty", "JoinById", "JoinByCode", "QuickJoin"})
"""Operations that may leave one party for another."""


@dataclass(frozen=True, slots=True)
class Claim:
    act: Act
    deed: Deed


def fits(act: Act, deed: Deed) -> bool:
    """Whether `act` asked for what `deed` says."""
    if act.actor_id != deed.actor_id or deed.what not in DEEDS_OF[act.operation]:
        return False
    if deed.what in MARKED and deed.mark != act.mark:
        return False
    if deed.target_id is not None and act.input.get("playerId") != deed.target_id:
        return False
    return act.input.get("partyId") in (None, deed.party_id)


def is_acknowledged_by(deed: Deed, answer: Answer) -> bool:
    """The answer names the last entry that the deed led to."""
    return answer.party_id == deed.party_id and deed.seq <= answer.seq <= deed.last_seq


def is_so_already(act: Act, party: Party) -> bool:
    """Whether `act` had nothing to change, as `party` stood when it was answered."""
    actor_id, session = act.actor_id, party.session
    match act.operation:
        case "JoinById" | "JoinByCode":
            return party.member(actor_id) is not None
        case "SetReady":
            member = party.member(actor_id)
            return member is not None and party.is_ready(member) == act.input["ready"]
        case "ClaimLeadership":
            return party.leader_id == actor_id
        case "StartSession":
            return session is not None
        case "JoinSession" | "LeaveSession":
            is_running = session is not None and session.status is SessionStatus.IN_PROGRESS
            return is_running and session is not None and session.has(actor_id) == (act.operation == "JoinSession")
    return False
