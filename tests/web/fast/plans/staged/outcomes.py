"""The outcomes of staged commands."""

from __future__ import annotations

from lobby.app.idempotency import CommandResult
from lobby.domain.model import Party
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode
from tests.web.fast.plans.staged.parties import PARTIES


def outcome(party: Party | None, is_refused: bool) -> CommandResult | Rejection:
    if is_refused:
        return refusal(PARTIES["private"])
    return CommandResult(party, replayed=party.id == "ended") if party is not None else NOT_FOUND


def refusal(current: Party | None) -> Rejection:
    return Rejection(
        RejectionCode.RATE_LIMITED,
        "Not so fast.",
        field="settings.max_members",
        retryable=True,
        retry_after_ms=1_000,
        attempts_left=0,
        current=current,
    )
