"""Leaving one party for another is one step: both halves of it are there, or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from chaos.checks.claims import MOVING, Claim
from chaos.checks.violation import Kind, Violation
from chaos.truth.deeds import Deed

STEP_MS = 2_000
"""The two halves are decided one after the other; a busy machine may lie between."""


def moves(deeds: Sequence[Deed], claims: Iterable[Claim]) -> list[Violation]:
    """Each "moved" of a player has an entering of the same player's elsewhere, and each entering one at most."""
    entered: dict[str, list[Deed]] = defaultdict(list)
    for claim in claims:
        if claim.act.operation in MOVING and claim.act.input.get("leaveCurrent"):
            entered[claim.act.actor_id].append(claim.deed)
    return [
        Violation(Kind.HALF, f"{deed}, to nowhere")
        for deed in deeds
        if deed.what == "moved" and not _took_other_half(deed, entered[deed.actor_id])
    ]


def _took_other_half(left: Deed, entered: list[Deed]) -> bool:
    elsewhere = [deed for deed in entered if deed.party_id != left.party_id and abs(deed.at - left.at) <= STEP_MS]
    if not elsewhere:
        return False
    entered.remove(min(elsewhere, key=lambda deed: abs(deed.at - left.at)))
    return True
