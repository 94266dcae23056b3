"""Names, found by any part of them and whatever the case, without reading those that don't have it."""

from __future__ import annotations

from collections import OrderedDict

from pyroaring import BitMap

from lobby.domain.listing import folded

RUN_CHARS = 3
"""Longer runs find fewer false names, but there are more of them."""
_END = "\x00"
"""Never part of a name. It fills up the runs at the end, so that every character begins one."""
ASKED_MAX = 64
"""Parts of more than one run whose names are remembered, and kept true: half of all names may end in "'s party"."""


class NameIndex:
    """One bitmap of serials for each run of three characters."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._by_run: dict[str, BitMap] = {}
        self._by_start: dict[str, set[str]] = {}
        """The runs by their first one and first two characters."""
        self._asked: OrderedDict[str, BitMap] = OrderedDict()

    def add(self, serial: int, name: str) -> None:
        text = self._names[serial] = folded(name)
        for run in _runs(text):
            bitmap = self._by_run.get(run)
            if bitmap is None:
                self._add_run(run, serial)
            else:
                bitmap.add(serial)
        for part, having in self._asked.items():
            if part in text:
                having.add(serial)

    def remove(self, serial: int) -> None:
        for run in _runs(self._names.pop(serial)):
            bitmap = self._by_run[run]
            bitmap.discard(serial)
            if not bitmap:
                self._remove_run(run)
        for having in self._asked.values():
            having.discard(serial)

    def containing(self, part: str) -> BitMap:
        """The serials of the names with `part` (at least one character) in them. Not to be changed."""
        text = folded(part)
        if len(text) < RUN_CHARS:
            return BitMap.union(*(self._by_run[run] for run in self._by_start.get(text, ())), BitMap())
        if len(text) == RUN_CHARS:
            return self._by_run.get(text, BitMap())
        return self._remembered(text)

    def _remembered(self, text: str) -> BitMap:
        having = self._asked.get(text)
        if having is None:
            having = self._asked[text] = self._search(text)
        self._asked.move_to_end(text)
        if len(self._asked) > ASKED_MAX:
            self._asked.popitem(last=False)
        return having

    def _search(self, text: str) -> BitMap:
        """Who has all the runs may still have them in other places: those few names are read."""
        wanted = {text[start : start + RUN_CHARS] for start in range(len(text) - RUN_CHARS + 1)}
        candidates, *others = sorted((self._by_run.get(run, BitMap()) for run in wanted), key=len)
        for bitmap in others:
            candidates = candidates & bitmap
        names = self._names
        return BitMap([serial for serial in candidates if text in names[serial]])

    def _add_run(self, run: str, serial: int) -> None:
        self._by_run[run] = BitMap((serial,))
        for start in (run[:1], run[:2]):
            self._by_start.setdefault(start, set()).add(run)

    def _remove_run(self, run: str) -> None:
        del self._by_run[run]
        for start in (run[:1], run[:2]):
            runs = self._by_start[start]
            runs.discard(run)
            if not runs:
                del self._by_start[start]


def _runs(text: str) -> set[str]:
    filled = f"{text}{_END}{_END}"
    return {filled[start : start + RUN_CHARS] for start in range(len(text))}
