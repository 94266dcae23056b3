"""Draws what goes wrong with each connection."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from chaos.proxy.fate import CLEAN, Fate

LIFETIME_MEAN_S = 12.0
"""Of connections that nothing worse happens to."""
DELAY_MAX_S = 0.15
LONG_DELAY_MAX_S = 1.0
SILENT_S = 6.0
LINGER_MAX_S = 4.0


class Weather:
    """Bad until `calm`. The shares below add up to 1."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.is_calm = False

    def calm(self) -> None:
        self.is_calm = True

    def fate(self) -> Fate:
        """Of the next connection."""
        if self.is_calm:
            return CLEAN
        draws, shares = zip(*_DRAWS, strict=True)
        draw: Callable[[Random], Fate] = self._chance.choices(draws, shares)[0]
        return draw(self._chance)


def _fair(chance: Random) -> Fate:
    return Fate(cut_after_s=chance.expovariate(1 / LIFETIME_MEAN_S), lingers_s=_lingers(chance))


def _slow(chance: Random) -> Fate:
    delay_s = chance.choice([DELAY_MAX_S, LONG_DELAY_MAX_S])
    return Fate(delay_s=delay_s, cut_after_s=chance.expovariate(1 / LIFETIME_MEAN_S), lingers_s=_lingers(chance))


def _cut_up(chance: Random) -> Fate:
    return Fate(cut_after_bytes_up=_size(chance), lingers_s=_lingers(chance))


def _cut_down(chance: Random) -> Fate:
    return Fate(cut_after_bytes_down=_size(chance), lingers_s=_lingers(chance))


def _unanswered(chance: Random) -> Fate:
    return Fate(unanswered_after=chance.randint(1, 12), delay_s=chance.choice([0.0, DELAY_MAX_S]))


def _silent(chance: Random) -> Fate:
    silent_after_s = chance.expovariate(1 / LIFETIME_MEAN_S)
    return Fate(silent_after_s=silent_after_s, cut_after_s=silent_after_s + SILENT_S, lingers_s=_lingers(chance))


def _refused(chance: Random) -> Fate:
    return Fate(refused=True)


def _size(chance: Random) -> int:
    """From the first line of a request to some hundred frames."""
    return round(10 ** chance.uniform(1, 5.3))


def _lingers(chance: Random) -> float:
    return chance.choice([0.0, 0.0, chance.uniform(0, LINGER_MAX_S)])


_DRAWS: tuple[tuple[Callable[[Random], Fate], float], ...] = (
    (_fair, 0.38),
    (_slow, 0.14),
    (_cut_up, 0.12),
    (_cut_down, 0.12),
    (_unanswered, 0.12),
    (_silent, 0.08),
    (_refused, 0.04),
)
