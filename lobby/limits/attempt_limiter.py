"""Limits on attempts within a minute: passwords of a party, join codes, new guests."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lobby.domain.values import Instant
from lobby.runtime.lru_cache import LRUCache

WINDOW_MS = 60_000
KEYS_KEPT_MAX = 100_000
"""Keys with an attempt in the last minute. Past that the least recently used ones are forgotten."""
PASSWORDS_MAX = 5
"""Wrong passwords of one player for one party in a minute: a rule of the lobby, not a setting."""

Key = tuple[str, ...]
"""The client that attempts something, and its target: such as a player and a party."""


class AttemptLimiter(Protocol):
    """Counts the attempts of the last minute, by key. `at`: the time now. Every method may raise `Unavailable`."""

    count_max: int
    """How many attempts there may be in a minute. May be changed at any time."""

    async def take(self, key: Key, at: Instant) -> int:
        """Count an attempt and return 0, or return the ms to wait until there may be one.

        To be called before the attempt is made, so that attempts at the same time count, too.
        """

    async def wait_ms(self, key: Key, at: Instant) -> int:
        """What `take` would return, without counting an attempt."""

    async def left(self, key: Key, at: Instant) -> int:
        """How many attempts may still be made."""

    async def refund(self, key: Key) -> None:
        """Do not count the latest attempt, because it succeeded."""


class LocalAttemptLimiter:
    """Counts the attempts on this node alone."""

    def __init__(self, count_max: int) -> None:
        self.count_max = count_max
        self._attempts = LRUCache[Key, deque[Instant]](KEYS_KEPT_MAX)

    async def take(self, key: Key, at: Instant) -> int:
        recent = self._recent(key, at)
        if len(recent) >= self.count_max:
            return recent[0] + WINDOW_MS - at
        recent.append(at)
        return 0

    async def wait_ms(self, key: Key, at: Instant) -> int:
        recent = self._recent(key, at)
        return recent[0] + WINDOW_MS - at if len(recent) >= self.count_max else 0

    async def left(self, key: Key, at: Instant) -> int:
        return self.count_max - len(self._recent(key, at))

    async def refund(self, key: Key) -> None:
        recent = self._attempts.peek(key)
        if recent:
            recent.pop()

    def _recent(self, key: Key, at: Instant) -> deque[Instant]:
        recent = self._attempts.get(key)
        if recent is None:
            recent = deque()
            self._attempts.put(key, recent)
        while recent and recent[0] + WINDOW_MS <= at:
            recent.popleft()
        return recent


@dataclass(frozen=True, slots=True)
class AttemptLimits:
    """Attempts in a minute. Many players may share one address: a household, a dormitory, a carrier's NAT.

    There are 28^6 join codes. With 10,000 live parties, guessing from one address finds one after 13 hours on average.
    """

    codes_per_player: int = 10
    codes_per_address: int = 60
    guests_per_address: int = 60
    refreshes_per_address: int = 600
    sign_ins_per_address: int = 120
    new_passwords_per_player: int = 10


@dataclass(frozen=True, slots=True)
class AttemptLimiters:
    """The limiter of each kind of attempt. None: without a limit."""

    passwords: AttemptLimiter
    """By player and party. Only wrong passwords stay counted."""
    codes_of_player: AttemptLimiter | None = None
    """Wrong codes."""
    codes_of_address: AttemptLimiter | None = None
    """Wrong codes."""
    guests_of_address: AttemptLimiter | None = None
    refreshes_of_address: AttemptLimiter | None = None
    """Limits refreshes of credentials, because each reads from the disk and writes to it."""
    sign_ins_of_address: AttemptLimiter | None = None
    """Limits sign-ins with accounts elsewhere: each may ask another server, which limits the rate of this one."""
    new_passwords_of_player: AttemptLimiter | None = None
    """Passwords that a party gets: each takes 30 ms to hash."""

    def set_limits(self, limits: AttemptLimits) -> None:
        """Limit to other numbers from now on. Attempts without a limit stay without one."""
        for limiter, count_max in (
            (self.codes_of_player, limits.codes_per_player),
            (self.codes_of_address, limits.codes_per_address),
            (self.guests_of_address, limits.guests_per_address),
            (self.refreshes_of_address, limits.refreshes_per_address),
            (self.sign_ins_of_address, limits.sign_ins_per_address),
            (self.new_passwords_of_player, limits.new_passwords_per_player),
        ):
            if limiter is not None:
                limiter.count_max = count_max

    @classmethod
    def local(cls, limits: AttemptLimits | None = None) -> AttemptLimiters:
        """Count on this node alone. Without `limits` only passwords are limited."""
        return cls.create(lambda _, count_max: LocalAttemptLimiter(count_max), limits)

    @classmethod
    def create(
        cls, create_limiter: Callable[[str, int], AttemptLimiter], limits: AttemptLimits | None
    ) -> AttemptLimiters:
        """`create_limiter` gets the kind of attempt, and how many there may be in a minute."""
        passwords = create_limiter("password", PASSWORDS_MAX)
        if limits is None:
            return cls(passwords)
        return cls(
            passwords,
            create_limiter("player's code", limits.codes_per_player),
            create_limiter("address's code", limits.codes_per_address),
            create_limiter("guest", limits.guests_per_address),
            LocalAttemptLimiter(limits.refreshes_per_address),
            LocalAttemptLimiter(limits.sign_ins_per_address),
            LocalAttemptLimiter(limits.new_passwords_per_player),
        )
