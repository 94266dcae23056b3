"""Who is asking: the outcome of reading a request's credentials, before any rule is applied."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lobby.domain.model import Player
from lobby.domain.values import Instant


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in player, a service, an operator, or a stranger; `refusal` says why credentials that were given do not count."""

    player: Player | None = None
    expires_at: Instant | None = None
    is_service: bool = False
    is_operator: bool = False
    refusal: str | None = None
    waits_for: Callable[[], Awaitable[None]] | None = None
    """Where it can't be told yet, refused as it stands: after this, ask again once. Never raises; bounded in time."""
