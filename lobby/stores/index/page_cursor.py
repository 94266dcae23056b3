"""Where a page ended: a sort key, so that it holds whatever comes and goes, a restart of the server included."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lobby.ports import BadPageCursor

_WRITTEN = re.compile(r"([a-z])(\d{1,4})\.(\d{1,10})", re.ASCII)
SERIAL_MAX = 2**32 - 1
"""The bitmaps hold 32 bits: four billion parties in the life of one store."""


@dataclass(frozen=True, slots=True)
class PageCursor:
    """`kind` names the sort; `rank` is the first key where there are two, else 0."""

    kind: str
    rank: int
    serial: int

    def __str__(self) -> str:
        return f"{self.kind}{self.rank}.{self.serial}"

    @classmethod
    def read(cls, written: str, kind: str) -> PageCursor:
        """Raises `BadPageCursor` for what this sort has not written."""
        match = _WRITTEN.fullmatch(written)
        if match is None or match[1] != kind or int(match[3]) > SERIAL_MAX:
            raise BadPageCursor(written[:32])
        return cls(kind, int(match[2]), int(match[3]))
