"""The public list of parties."""

from __future__ import annotations

from collections.abc import Iterator

from pyroaring import BitMap

from lobby.domain.listing import PartyFilter, PartySort, is_listed
from lobby.domain.model import Party
from lobby.ports import Page, PartyQuery
from lobby.stores.index.facet_index import Facet, FacetIndex
from lobby.stores.index.name_index import NameIndex
from lobby.stores.index.page_cursor import SERIAL_MAX, PageCursor
from lobby.stores.index.walk import downwards, upwards

_KINDS = {PartySort.NEWEST: "n", PartySort.FULLEST: "f", PartySort.EMPTIEST: "e"}


class PartyList:
    """Serials rise in the order of creation, so that they are the sort key, and a tie is never left open."""

    def __init__(self) -> None:
        self._index = FacetIndex()
        self._names = NameIndex()
        self._by_members: dict[int, BitMap] = {}
        self._shown: dict[int, Party] = {}

    def show(self, serial: int, party: Party) -> None:
        """`party` as it is now: on the list, or off it."""
        if not is_listed(party):
            self.hide(serial)
            return
        shown = self._shown.get(serial)
        self._shown[serial] = party
        if shown is None:
            self._index.add(serial, facets(party))
            self._names.add(serial, party.settings.name)
            self._by_members.setdefault(len(party.members), BitMap()).add(serial)
        elif _differ(shown, party):
            self._move(serial, shown, party)

    def hide(self, serial: int) -> None:
        party = self._shown.pop(serial, None)
        if party is not None:
            self._index.remove(serial, facets(party))
            self._names.remove(serial)
            self._by_members[len(party.members)].discard(serial)

    def page(self, query: PartyQuery) -> Page[Party]:
        """Raises `BadPageCursor`."""
        kind = _KINDS[query.sort]
        after = PageCursor.read(query.after, kind) if query.after is not None else None
        matched = self._matched(query.wanted)
        found = self._walk(matched, query.sort, after, query.first + 1)
        shown = found[: query.first]
        return Page(
            items=tuple(self._shown[serial] for _, serial in shown),
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
        return matched & self._names.containing(wanted.name_contains) if wanted.name_contains else matched

    def _walk(
        self, matched: BitMap, sort: PartySort, after: PageCursor | None, count_max: int
    ) -> list[tuple[int, int]]:
        if sort is PartySort.NEWEST:
            before = after.serial if after is not None else SERIAL_MAX
            return [(0, serial) for serial in downwards(matched, before, count_max)]
        found: list[tuple[int, int]] = []
        for members, start in self._ranks(sort, after):
            there = matched & self._by_members[members]
            found += [(members, serial) for serial in upwards(there, start, count_max - len(found))]
            if len(found) >= count_max:
                break
        return found

    def _ranks(self, sort: PartySort, after: PageCursor | None) -> Iterator[tuple[int, int]]:
        """Member counts in the order of `sort`, each with the serial behind which to begin."""
        for members in sorted(self._by_members, reverse=sort is PartySort.FULLEST):
            if after is None or members == after.rank:
                yield members, 0 if after is None else after.serial
            elif (members < after.rank) is (sort is PartySort.FULLEST):
                yield members, 0


def facets(party: Party) -> set[Facet]:
    """All that a filter may ask for, except the name."""
    settings = party.settings
    return {
        ("game type", settings.game_type),
        ("difficulty", settings.difficulty),
        ("state", party.state),
        ("password", settings.password_hash is not None),
        ("late join", settings.allow_late_join),
        *(("free seats", count) for count in range(1, party.free_seats + 1)),
        *(("attribute key", attribute.key) for attribute in party.attributes),
        *(("attribute", (attribute.key, attribute.value)) for attribute in party.attributes),
    }


def facets_wanted(wanted: PartyFilter) -> list[Facet]:
    """The facets that every match has."""
    asked: list[tuple[str, object]] = [
        ("game type", wanted.game_type),
        ("difficulty", wanted.difficulty),
        ("state", wanted.state),
        ("password", wanted.has_password),
        ("late join", wanted.allow_late_join),
        ("free seats", wanted.min_free_seats if (wanted.min_free_seats or 0) > 1 else None),
    ]
    return [
        *((name, value) for name, value in asked if value is not None),
        *(("attribute", (key, value)) for key, value in wanted.attributes if value is not None),
    ]


def _differ(shown: Party, party: Party) -> bool:
    """Most changes of a party are none of the list's business."""
    return (
        shown.settings is not party.settings
        or shown.state is not party.state
        or shown.attributes is not party.attributes
        or len(shown.members) != len(party.members)
    )
