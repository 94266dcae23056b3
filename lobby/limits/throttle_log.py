"""The clients that a rate limit made wait, for operators: the latest ones, in the memory of this node alone."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from lobby.runtime.lru_cache import LRUCache

CLIENTS_MAX = 500
"""Players and addresses with a limit each. Past that the least recently throttled ones are forgotten."""
KEPT_S = 3_600.0
"""A client that was not throttled for so long is no longer listed."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """One player or address, and the limit that it has reached."""

    limit: str
    client: str
    """The id of a player, or the key under which an address is counted."""
    count: int
    """Requests that were refused or delayed."""
    wait_ms: float
    """The wait of the last of them."""
    first_ago_ms: int
    last_ago_ms: int


class ThrottleLog:
    """Costs nothing for a request that is within its limits."""

    def __init__(self) -> None:
        self._clients: LRUCache[tuple[str, str], _Entry] = LRUCache(CLIENTS_MAX)

    def note(self, limit: str, client: str, wait_ms: float) -> None:
        """A request of `client` was refused, or is delayed, by the limit of this name."""
        now_s = monotonic()
        entry = self._clients.get((limit, client))
        if entry is None or now_s - entry.last_s > KEPT_S:
            entry = _Entry(now_s, now_s)
            self._clients.put((limit, client), entry)
        entry.last_s = now_s
        entry.count += 1
        entry.wait_ms = wait_ms

    def latest(self, count_max: int) -> list[Throttled]:
        """Up to `count_max` of the last hour, the latest first."""
        now_s = monotonic()
        recent = [(key, entry) for key, entry in self._clients.items() if now_s - entry.last_s <= KEPT_S]
        recent.sort(key=lambda item: item[1].last_s, reverse=True)
        return [
            Throttled(*key, entry.count, entry.wait_ms, _ms(now_s - entry.first_s), _ms(now_s - entry.last_s))
            for key, entry in recent[:count_max]
        ]

    def clear(self) -> None:
        """Forget all, because a player was erased."""
        for key in [key for key, _ in self._clients.items()]:
            self._clients.pop(key)


@dataclass(slots=True)
class _Entry:
    """Times are monotonic, in seconds."""

    first_s: float
    last_s: float
    count: int = 0
    wait_ms: float = 0.0


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
