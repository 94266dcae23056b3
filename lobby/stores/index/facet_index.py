"""Numbered things, found by what is true of them."""

from __future__ import annotations

from collections.abc import Iterable

from pyroaring import BitMap

Facet = tuple[str, object]
"""Something that is true of a thing, such as ("state", WAITING)."""


class FacetIndex:
    """One compressed bitmap of serials a facet: a search is the intersection of a few of them."""

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

    def drop(self, serial: int, facets: Iterable[Facet]) -> None:
        """`serial` stays, without `facets`."""
        for facet in facets:
            bitmap = self._facets.get(facet)
            if bitmap is None:
                continue
            bitmap.discard(serial)
            if not bitmap:
                del self._facets[facet]

    def remove(self, serial: int, facets: Iterable[Facet]) -> None:
        self.all.discard(serial)
        self.drop(serial, facets)

    def having(self, facet: Facet) -> BitMap:
        """Not to be changed."""
        return self._facets.get(facet, _NONE)

    def select(self, facets: Iterable[Facet]) -> BitMap:
        """The serials that have all of `facets`. Not to be changed."""
        found = sorted(map(self.having, facets), key=len)
        if not found:
            return self.all
        selected = found[0]
        for bitmap in found[1:]:
            selected = selected & bitmap
        return selected


_NONE = BitMap()
