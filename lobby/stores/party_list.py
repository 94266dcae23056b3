"""The index of the public list of parties: filters, sorts, pages, and finds names that contain a text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from operator import add

from pyroaring import BitMap

from lobby.domain.attributes_and_endpoints import Attributes
from lobby.domain.listing import PartyFilter, PartySort, is_listed
from lobby.domain.model import Party
from lobby.domain.text import search_key
from lobby.domain.values import GameType, PartyState
from lobby.ports import Page, PartyQuery
from lobby.runtime.lru_cache import LRUCache
from lobby.stores.facet_index import SERIAL_MAX, Facet, FacetIndex, PageCursor, ascending, descending
from lobby.struct import Struct

_KINDS = {PartySort.NEWEST: "n", PartySort.FULLEST: "f", PartySort.EMPTIEST: "e"}
RUN_CHARS = 3
"""With longer runs fewer names match falsely, but there are more bitmaps."""
SEARCHES_CACHED_MAX = 64
"""Searches longer than a run whose result is kept and updated: half of all names may end in "'s party"."""

NAMES_ADDED_MAX = 200
"""Names that one search adds to the bitmaps: they take 1.2 ms."""

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

    def extend(self, parties: Iterable[tuple[int, Party]]) -> None:
        """As `show` for each of `parties`, which the index must not have yet. Thousands at once take a fifth of the time: those
        that are alike are added to a bitmap together, and their names are indexed later."""
        alike: defaultdict[FilterValues, list[int]] = defaultdict(list)
        by_attributes: defaultdict[Attributes, list[int]] = defaultdict(list)
        by_members: defaultdict[int, list[int]] = defaultdict(list)
        names: dict[int, str] = {}
        for serial, party in parties:
            if is_listed(party):
                self._parties[serial] = party
                names[serial] = party.settings.name
                alike[filter_values(party)].append(serial)
                by_attributes[party.attributes].append(serial)
                by_members[len(party.members)].append(serial)
        for values, serials in alike.items():
            self._index.extend(serials, _value_facets(values))
        for attributes, serials in by_attributes.items():
            self._index.extend(serials, _attribute_facets(attributes))
        self._names.add_later(names)
        for members, serials in by_members.items():
            self._by_members.setdefault(members, BitMap()).update(serials)

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
    return {*_value_facets(filter_values(party)), *_attribute_facets(party.attributes)}


class FilterValues(Struct):
    """What filters select by, except the name and the attributes. Many parties have the same values."""

    game_type: GameType
    difficulty: str
    state: PartyState
    has_password: bool
    allow_late_join: bool
    client_version: str | None
    region: str | None
    free_seats: int


def filter_values(party: Party) -> FilterValues:
    settings = party.settings
    return FilterValues(
        settings.game_type,
        settings.difficulty,
        party.state,
        settings.password_hash is not None,
        settings.allow_late_join,
        settings.client_version,
        party.region,
        party.free_seats,
    )


def _value_facets(values: FilterValues) -> list[Facet]:
    return [
        ("game type", values.game_type),
        ("difficulty", values.difficulty),
        ("state", values.state),
        ("password", values.has_password),
        ("late join", values.allow_late_join),
        ("version", values.client_version or ""),
        *((("region", values.region),) if values.region is not None else ()),
        *(("free seats", count) for count in range(1, values.free_seats + 1)),
    ]


def _attribute_facets(attributes: Attributes) -> list[Facet]:
    return [
        *(("attribute key", attribute.key) for attribute in attributes),
        *(("attribute", (attribute.key, attribute.value)) for attribute in attributes),
    ]


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
        self._waiting: dict[int, str] = {}
        """The names that have no bitmaps yet. To give them to 100,000 names takes 0.7 s, and a server that restarts must answer
        soon. A search compares these names one by one, which takes 4 ms for as many, and gives bitmaps to some of them. Nothing
        else does: after a restart thousands of players look at the list at once, and few of them search."""

    def add(self, serial: int, name: str) -> None:
        self._add_runs(serial, self._keep(serial, name))

    def add_later(self, names: Mapping[int, str]) -> None:
        """As `add`, for thousands of names. They are found at once, and get their bitmaps in the next searches."""
        texts = {serial: search_key(name) for serial, name in names.items()}
        self._names.update(texts)
        self._waiting.update(texts)
        self._searches = LRUCache(SEARCHES_CACHED_MAX)

    def _add_some(self) -> None:
        """Add a few of the names of `add_later`."""
        for _ in range(min(NAMES_ADDED_MAX, len(self._waiting))):
            self._add_runs(*self._waiting.popitem())

    def remove(self, serial: int) -> None:
        text = self._names.pop(serial)
        if self._waiting.pop(serial, None) is None:
            self._remove_runs(serial, text)
        for _, matches in self._searches.items():
            matches.discard(serial)

    def containing(self, part: str) -> BitMap:
        """The serials of the names that contain `part` (at least one character). Callers must not change the bitmap."""
        self._add_some()
        text = search_key(part)
        if len(text) > RUN_CHARS:
            return self._cached_search(text)
        found = self._by_run.get(text, BitMap())
        return found | self._waiting_with(text) if self._waiting else found

    def _cached_search(self, text: str) -> BitMap:
        matches = self._searches.get(text)
        if matches is None:
            matches = self._search(text) | self._waiting_with(text)
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

    def _keep(self, serial: int, name: str) -> str:
        text = self._names[serial] = search_key(name)
        for part, matches in self._searches.items():
            if part in text:
                matches.add(serial)
        return text

    def _waiting_with(self, text: str) -> BitMap:
        return BitMap([serial for serial, name in self._waiting.items() if text in name])

    def _add_runs(self, serial: int, text: str) -> None:
        for run in _runs(text):
            bitmap = self._by_run.get(run)
            if bitmap is None:
                self._by_run[run] = BitMap((serial,))
            else:
                bitmap.add(serial)

    def _remove_runs(self, serial: int, text: str) -> None:
        for run in _runs(text):
            bitmap = self._by_run[run]
            bitmap.discard(serial)
            if not bitmap:
                del self._by_run[run]


def _runs(text: str) -> set[str]:
    pairs = list(map(add, text, text[1:]))
    return {*text, *pairs, *map(add, pairs, text[2:])}
