"""What goes wrong with connections, at a test's word and not by chance alone."""

from __future__ import annotations

from random import Random

from chaos.proxy.fate import Fate
from chaos.proxy.weather import Weather


class CutDown(Weather):
    """Each connection breaks off in the midst of what the server says."""

    def __init__(self, chance: Random, bytes_max: int) -> None:
        super().__init__(chance)
        self._bytes_max = bytes_max

    def fate(self) -> Fate:
        return super().fate() if self.is_calm else Fate(cut_after_bytes_down=self._chance.randint(1, self._bytes_max))


class LostAnswers(Weather):
    """Each second connection gets its request through, and never the answer."""

    def __init__(self, chance: Random) -> None:
        super().__init__(chance)
        self._connections = 0

    def fate(self) -> Fate:
        if self.is_calm:
            return super().fate()
        self._connections += 1
        return Fate(unanswered_after=1 + self._connections % 2)
