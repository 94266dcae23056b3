"""How often a player may change something."""

from __future__ import annotations

from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.values import Instant, PlayerId
from lobby.rates.buckets import Buckets
from lobby.rates.rates import RateLimits


class CommandRates:
    """By player: all commands together, and some kinds of them besides."""

    def __init__(self, limits: RateLimits) -> None:
        self._all = Buckets(limits.mutations_per_player)
        self._of_kind = {kind: Buckets(rate) for kind, rate in limits.of_mutation.items()}

    def refusal(self, player_id: PlayerId, kind: str, now: Instant) -> Rejection | None:
        """Count one command of the kind, such as "post_message"; a Rejection where it is one too many, which counts for nothing:
        who waits for `retry_after_ms` gets through."""
        own = self._of_kind.get(kind)
        wait_ms = own.take(player_id, now) if own is not None else 0
        wait_ms = wait_ms or self._all.take(player_id, now)
        return too_often("You do this too often.", wait_ms) if wait_ms else None


def too_often(message: str, wait_ms: int) -> Rejection:
    return Rejection(RejectionCode.RATE_LIMITED, message, retryable=True, retry_after_ms=wait_ms)
