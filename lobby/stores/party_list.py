"""The index of the public list of parties: filters, sorts, pages, and finds names that contain a text."""

from __future__ import annotations

from collections.abc import Iterator

from pyroaring import BitMap

from lobby.domain.listing import PartyFilter, PartySort, is_listed
from lobby.domain.model import Party
from lobby.domain.text import search_key
from lobby.ports import Page, PartyQuery
from lobby.runtime.lru_cache import LRUCache
from lobby.stores.facet_index import SERIAL_MAX, Facet, FacetIndex, PageCursor, ascending, descending

_KINDS = {PartySort.NEWEST: "n", PartySort.FULLEST: "f", PartySort.EMPTIEST: "e"}
RUN_CHARS = 3
"""With longer runs fewer names match falsely, but there are more bitmaps."""
SEARCHES_CACHED_MAX = 64
"""Searches longer than a run whose result is kept and updated: half of all names may end in "'s party"."""


_ANY_VERSION: Facet = ("version", "")
"""The facet of a party that needs no version of the game."""


class PartyList:
    """Sorts by serial, which rises in the order of creation, so that no two parties have equal keys."""

    def __init__(self) -> None:
        self._index = FacetIndex()
        self._names = NameIndex()
        self._by_members: dict[int, BitMap] = {}
        self._parties: dict[int, Party] = {}

    def show(self, serial: int, party: Party) -> None:
        """Update the index with the present state of a party. A party that must not be listed is removed."""
        if not is_listed(party):
            self.hide(serial)
            return
        shown = self._parties.get(serial)
        self._parties[serial] = party
        if shown is None:
            self._index.add(serial, facets(party))
            self._names.add(serial, party.settings.name)
            self._by_members.setdefault(len(party.members), BitMap()).add(serial)
        elif _differ(shown, party):
            self._move(serial, shown, party)

    def hide(self, serial: int) -> None:
        party = self._parties.pop(serial, None)
        if party is not None:
            self._index.remove(serial, facets(party))
            self._names.remove(serial)
            self._by_members[len(party.members)].discard(serial)

    def page(self, query: PartyQuery) -> Page[Party]:
        """Raises `BadPageCursor`."""
        kind = _KINDS[query.sort]
        after = PageCursor.read(query.after, kind) if query.after is not None else None
        matched = self._matched(query.wanted)
        found = self._sorted(matched, query.sort, after, query.first + 1)
        shown = found[: query.first]
        return Page(
            items=tuple(self._parties[serial] for _, serial in shown),
            cursors=tuple(str(PageCursor(kind, rank, serial)) for rank, serial in shown),
            has_next=len(found) > query.first,
            total=len(matched),
        )

    def _move(self, serial: int, shown: Party, party: Party) -> None:
        old, new = facets(shown), facets(party)
        self._index.drop(serial, old - new)
        self._index.add(serial, new - old)
        self._by_members[len(shown.members)].discard(serial)
        self._by_members.setdefault(len(party.members), BitMap()).add(serial)
        if shown.settings.name != party.settings.name:
            self._names.remove(serial)
            self._names.add(serial, party.settings.name)

    def _matched(self, wanted: PartyFilter) -> BitMap:
        matched = self._index.select(facets_wanted(wanted))
        for key, value in wanted.attributes:
            if value is None:
                matched = matched - self._index.having(("attribute key", key))
        if wanted.client_version is not None:
            matched = matched & (
                self._index.having(_ANY_VERSION) | self._index.having(("version", wanted.client_version))
            )
        return matched & self._names.containing(wanted.name_contains) if wanted.name_contains else matched

    def _sorted(
        self, matched: BitMap, sort: PartySort, after: PageCursor | None, count_max: int
    ) -> list[tuple[int, int]]:
        if sort is PartySort.NEWEST:
            before = after.serial if after is not None else SERIAL_MAX
            return [(0, serial) for serial in descending(matched, before, count_max)]
        found: list[tuple[int, int]] = []
        for members, start in self._ranks(sort, after):
            of_count = matched & self._by_members[members]
            found += [(members, serial) for serial in ascending(of_count, start, count_max - len(found))]
            if len(found) >= count_max:
                break
        return found

    def _ranks(self, sort: PartySort, after: PageCursor | None) -> Iterator[tuple[int, int]]:
        """Member counts in the order of `sort`, each with the serial after which its parties start on this page."""
        for members in sorted(self._by_members, reverse=sort is PartySort.FULLEST):
            if after is None or members == after.rank:
                yield members, 0 if after is None else after.serial
            elif (members < after.rank) is (sort is PartySort.FULLEST):
                yield members, 0


def facets(party: Party) -> set[Facet]:
    """Everything that a filter can select by, except the name."""
    settings, region = party.settings, party.region
    return {
        ("game type", settings.game_type),
        ("difficulty", settings.difficulty),
        ("state", party.state),
        ("password", settings.password_hash is not None),
        ("late join", settings.allow_late_join),
        ("version", settings.client_version or ""),
        *((("region", region),) if region is not None else ()),
        *(("free seats", count) for count in range(1, party.free_seats + 1)),
        *(("attribute key", attribute.key) for attribute in party.attributes),
        *(("attribute", (attribute.key, attribute.value)) for attribute in party.attributes),
    }


def facets_wanted(wanted: PartyFilter) -> list[Facet]:
    """The facets that every match must have. A party that fits a version has one of two facets, so that is not among them."""
    wanted_values: list[tuple[str, object]] = [
        ("game type", wanted.game_type),
        ("difficulty", wanted.difficulty),
        ("state", wanted.state),
        ("password", wanted.has_password),
        ("late join", wanted.allow_late_join),
        ("region", wanted.region),
        ("free seats", wanted.min_free_seats if (wanted.min_free_seats or 0) > 1 else None),
    ]
    return [
        *((name, value) for name, value in wanted_values if value is not None),
        *(("attribute", (key, value)) for key, value in wanted.attributes if value is not None),
    ]


def _differ(shown: Party, party: Party) -> bool:
    """True if the change affects the list. Most changes do not."""
    return (
        shown.settings is not party.settings
        or shown.state is not party.state
        or shown.attributes is not party.attributes
        or len(shown.members) != len(party.members)
        or (shown.members is not party.members and shown.region != party.region)
    )


class NameIndex:
    """One bitmap of serials for each run of one, two or three characters that some name has.

    The short runs have bitmaps of their own: to unite those of all longer runs that begin with one took milliseconds a search.
    """

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._by_run: dict[str, BitMap] = {}
        self._searches: LRUCache[str, BitMap] = LRUCache(SEARCHES_CACHED_MAX)

    def add(self, serial: int, name: str) -> None:
        text = self._names[serial] = search_key(name)
        for run in _runs(text):
            bitmap = self._by_run.get(run)
            if bitmap is None:
                self._by_run[run] = BitMap((serial,))
            else:
                bitmap.add(serial)
        for part, matches in self._searches.items():
            if part in text:
                matches.add(serial)

    def remove(self, serial: int) -> None:
        for run in _runs(self._names.pop(serial)):
            bitmap = self._by_run[run]
            bitmap.discard(serial)
            if not bitmap:
                del self._by_run[run]
        for _, matches in self._searches.items():
            matches.discard(serial)

    def containing(self, part: str) -> BitMap:
        """The serials of the names that contain `part` (at least one character). Callers must not change the bitmap."""
        text = search_key(part)
        if len(text) <= RUN_CHARS:
            return self._by_run.get(text, BitMap())
        return self._cached_search(text)

    def _cached_search(self, text: str) -> BitMap:
        matches = self._searches.get(text)
        if matches is None:
            matches = self._search(text)
            self._searches.put(text, matches)
        return matches

    def _search(self, text: str) -> BitMap:
        """Names that have all runs of the text may have them in another order, so those few names are compared."""
        wanted = {text[start : start + RUN_CHARS] for start in range(len(text) - RUN_CHARS + 1)}
        candidates, *others = sorted((self._by_run.get(run, BitMap()) for run in wanted), key=len)
        for bitmap in others:
            candidates = candidates & bitmap
        names = self._names
        return BitMap([serial for serial in candidates if text in names[serial]])


def _runs(text: str) -> set[str]:
    return {
        text[start : start + length] for length in range(1, RUN_CHARS + 1) for start in range(len(text) - length + 1)
    }
