"""Who is asking: the outcome of reading a request's credentials, before any rule is applied."""

from __future__ import annotations

from dataclasses import dataclass

from lobby.domain.model import Player
from lobby.domain.values import Instant


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in player, a service, or a stranger; `refusal` says why credentials that were given do not count."""

    player: Player | None = None
    expires_at: Instant | None = None
    is_service: bool = False
    refusal: str | None = None
