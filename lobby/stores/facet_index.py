"""Indexes numbered things by what is true of them, and reads a result page by page.

The public lists are such indexes, in memory. The cost of a page does not grow with the entries that do not match.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from lobby.ports import BadPageCursor

Facet = tuple[str, object]
"""Something that is true of a thing, such as ("state", WAITING)."""

SERIAL_MAX = 2**32 - 1
"""The bitmaps hold 32 bits: four billion parties in the life of one store."""

_NONE = BitMap()
_CURSOR = re.compile(r"([a-z])(\d{1,4})\.(\d{1,10})", re.ASCII)


class FacetIndex:
    """One compressed bitmap of serials for each facet. A search intersects a few of them."""

    def __init__(self) -> None:
        self.all = BitMap()
        self._facets: dict[Facet, BitMap] = {}

    def add(self, serial: int, facets: Iterable[Facet]) -> None:
        self.all.add(serial)
        for facet in facets:
            bitmap = self._facets.get(facet)
            if bitmap is None:
                self._facets[facet] = BitMap((serial,))
            else:
                bitmap.add(serial)

    def extend(self, serials: Sequence[int], facets: Iterable[Facet]) -> None:
        """Add things that all have `facets`. Further facets of them may be added later."""
        added = BitMap(serials)
        self.all |= added
        for facet in facets:
            bitmap = self._facets.get(facet)
            if bitmap is None:
                self._facets[facet] = BitMap(added)
            else:
                bitmap |= added

    def drop(self, serial: int, facets: Iterable[Facet]) -> None:
        """Remove `facets` from a thing that stays in the index."""
        for facet in facets:
            bitmap = self._facets.get(facet)
            if bitmap is None:
                continue
            bitmap.discard(serial)
            if not bitmap:
                del self._facets[facet]

    def remove(self, serial: int, facets: Iterable[Facet]) -> None:
        """Remove a thing that has `facets`."""
        self.all.discard(serial)
        self.drop(serial, facets)

    def having(self, facet: Facet) -> BitMap:
        """The serials that have `facet`. Callers must not change the bitmap."""
        return self._facets.get(facet, _NONE)

    def select(self, facets: Iterable[Facet]) -> BitMap:
        """The serials that have all of `facets`. Callers must not change the bitmap."""
        bitmaps = sorted(map(self.having, facets), key=len)
        if not bitmaps:
            return self.all
        selected = bitmaps[0]
        for bitmap in bitmaps[1:]:
            selected = selected & bitmap
        return selected


@dataclass(frozen=True, slots=True)
class PageCursor:
    """The end of a page, as a sort key, which stays valid when things come and go, and after a restart.

    `kind` names the sort. `rank` is the first key of a sort by two keys, else 0.
    """

    kind: str
    rank: int
    serial: int

    def __str__(self) -> str:
        return f"{self.kind}{self.rank}.{self.serial}"

    @classmethod
    def read(cls, text: str, kind: str) -> PageCursor:
        """Raises `BadPageCursor` if the text is no cursor of this sort."""
        match = _CURSOR.fullmatch(text)
        if match is None or match[1] != kind or int(match[3]) > SERIAL_MAX:
            raise BadPageCursor(text[:32])
        return cls(kind, int(match[2]), int(match[3]))


def ascending(serials: BitMap, after: int, count_max: int) -> list[int]:
    """Up to `count_max` serials greater than `after`, the smallest first. Does not read those before it."""
    start = serials.rank(after)
    return [serials[index] for index in range(start, min(start + count_max, len(serials)))]


def descending(serials: BitMap, before: int, count_max: int) -> list[int]:
    """Up to `count_max` serials less than `before`, the greatest first. Does not read those after it."""
    start = serials.rank(before - 1) if before > 0 else 0
    return [serials[index] for index in range(start - 1, max(start - count_max, 0) - 1, -1)]
