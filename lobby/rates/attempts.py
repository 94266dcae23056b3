"""How often something may be tried within a minute: the password of a party, a join code, making a guest."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lobby.domain.values import Instant

WINDOW_MS = 60_000
KEYS_KEPT_MAX = 100_000
"""Keys with an attempt in the last minute; past that the longest silent are forgotten."""

Key = tuple[str, ...]
"""Who tries what, such as a player and a party."""


class Attempts(Protocol):
    """Attempts of the last minute, by key. `at`: now."""

    async def take(self, key: Key, at: Instant) -> int:
        """Take one before it is looked at, so that attempts side by side count too. 0: taken, else the ms to wait."""

    async def wait_ms(self, key: Key, at: Instant) -> int:
        """What `take` would answer, without taking one."""

    async def left(self, key: Key, at: Instant) -> int:
        """How many may still be taken."""

    async def was_right(self, key: Key) -> None:
        """The one taken last is not to count."""


class LocalAttempts:
    """Those made in this process."""

    def __init__(self, count_max: int) -> None:
        self._count_max = count_max
        self._made: OrderedDict[Key, deque[Instant]] = OrderedDict()

    async def take(self, key: Key, at: Instant) -> int:
        made = self._lately(key, at)
        if len(made) >= self._count_max:
            return made[0] + WINDOW_MS - at
        made.append(at)
        return 0

    async def wait_ms(self, key: Key, at: Instant) -> int:
        made = self._lately(key, at)
        return made[0] + WINDOW_MS - at if len(made) >= self._count_max else 0

    async def left(self, key: Key, at: Instant) -> int:
        return self._count_max - len(self._lately(key, at))

    async def was_right(self, key: Key) -> None:
        made = self._made.get(key)
        if made:
            made.pop()

    def _lately(self, key: Key, at: Instant) -> deque[Instant]:
        made = self._made.setdefault(key, deque())
        self._made.move_to_end(key)
        while made and made[0] + WINDOW_MS <= at:
            made.popleft()
        while len(self._made) > KEYS_KEPT_MAX:
            self._made.popitem(last=False)
        return made


@dataclass(frozen=True, slots=True)
class Tries:
    """What is counted a minute. Without a bound there is None."""

    passwords: Attempts
    """By player and party. Wrong ones alone stay counted."""
    codes_of_player: Attempts | None = None
    """Wrong ones."""
    codes_of_address: Attempts | None = None
    guests_of_address: Attempts | None = None

    @classmethod
    def local(cls, limits: TryLimits | None = None) -> Tries:
        """Counted in this process alone."""
        return cls.counted(lambda _, count_max: LocalAttempts(count_max), limits)

    @classmethod
    def counted(cls, attempts: Callable[[str, int], Attempts], limits: TryLimits | None) -> Tries:
        """`attempts` makes those of one kind, of which there may be so many a minute. Without `limits` only passwords are
        counted."""
        passwords = attempts("password", PASSWORDS_MAX)
        if limits is None:
            return cls(passwords)
        return cls(
            passwords,
            attempts("player's code", limits.codes_per_player),
            attempts("address's code", limits.codes_per_address),
            attempts("guest", limits.guests_per_address),
        )


PASSWORDS_MAX = 5
"""Wrong ones a minute, of one player for one party: rules of the lobby, not a setting."""


@dataclass(frozen=True, slots=True)
class TryLimits:
    """A minute. An address is all that comes from there: a household, a dormitory, a carrier's NAT.

    There are 28^6 join codes. With 10,000 live parties one address finds one after 13 hours of guessing, on average.
    """

    codes_per_player: int = 10
    codes_per_address: int = 60
    guests_per_address: int = 60
