"""The index returns the same pages as a full scan, also when parties change between two pages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobby.domain.listing import PartyFilter, PartySort
from lobby.domain.model import Party
from lobby.ports import BadPageCursor, PartyQuery
from lobby.stores.party_list import PartyList
from lobby.struct import replace
from tests.lobby.stores.listed import PLAIN, filters, matching, parties, queries, sort_key

SERIALS = st.integers(1, 12)
CHANGES = st.dictionaries(SERIALS, parties(), max_size=3)


def shown(listed: PartyList, changes: dict[int, Party], state: dict[int, Party]) -> None:
    for serial, party in changes.items():
        state[serial] = replace(party, id=str(serial))
        listed.show(serial, state[serial])


@settings(deadline=None, max_examples=40)
@given(st.lists(CHANGES, max_size=4), queries)
def test_a_page_equals_a_full_scan(history: list[dict[int, Party]], query: PartyQuery) -> None:
    listed, state = PartyList(), dict[int, Party]()
    for changes in history:
        shown(listed, changes, state)
    expected = matching(state, query)
    page = listed.page(query)
    assert [party for _, party in expected[: query.first]] == list(page.items)
    assert (len(expected) > query.first, len(expected)) == (page.has_next, page.total)


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(SERIALS, parties()), CHANGES, queries)
def test_parties_that_are_added_at_once_are_found_like_others(
    restored: dict[int, Party], changes: dict[int, Party], query: PartyQuery
) -> None:
    listed, state = PartyList(), {serial: replace(party, id=str(serial)) for serial, party in restored.items()}
    listed.extend(sorted(state.items()))
    for later in ({}, changes):
        shown(listed, later, state)
        expected = matching(state, query)
        page = listed.page(query)
        assert [party for _, party in expected[: query.first]] == list(page.items)
        assert (len(expected) > query.first, len(expected)) == (page.has_next, page.total)
    for serial in state:
        listed.hide(serial)
    assert listed.page(replace(query, after=None)).total == 0


@settings(deadline=None, max_examples=40)
@given(st.lists(CHANGES, min_size=1, max_size=5), queries)
def test_each_page_continues_after_the_last_despite_changes(history: list[dict[int, Party]], query: PartyQuery) -> None:
    listed, state = PartyList(), dict[int, Party]()
    position: tuple[int, int] | None = None
    for changes in history:
        shown(listed, changes, state)
        expected = [(key, party) for key, party in matching(state, query) if position is None or key > position]
        page = listed.page(query)
        assert [party for _, party in expected[: query.first]] == list(page.items)
        assert (len(expected) > query.first) is page.has_next
        if page.items:
            query = replace(query, after=page.cursors[-1])
            last = page.items[-1]
            position = sort_key(query.sort, int(last.id), last)


@settings(deadline=None, max_examples=40)
@given(st.lists(CHANGES, max_size=4), st.sampled_from(PartySort))
def test_every_cursor_continues_after_its_item(history: list[dict[int, Party]], sort: PartySort) -> None:
    listed, state = PartyList(), dict[int, Party]()
    for changes in history:
        shown(listed, changes, state)
    whole = listed.page(PartyQuery(sort=sort, first=50))
    for place, cursor in enumerate(whole.cursors):
        rest = listed.page(PartyQuery(sort=sort, first=50, after=cursor))
        assert whole.items[place + 1 :] == rest.items


@settings(deadline=None, max_examples=40)
@given(CHANGES, filters)
def test_parties_that_leave_the_list_leave_nothing_in_the_index(changes: dict[int, Party], wanted: PartyFilter) -> None:
    listed, state = PartyList(), dict[int, Party]()
    shown(listed, changes, state)
    listed.page(PartyQuery(wanted))
    for serial in state:
        listed.hide(serial)
    assert listed.page(PartyQuery()).total == 0
    assert listed.page(PartyQuery(wanted)).total == 0


@pytest.mark.parametrize(
    "garbage", ["", "x", "n0.", "n0.1.2", "n0.99999999999", "n0.-1", "n٠.١", "f1.1", "n0.1\n", "🙂"]
)
def test_a_cursor_that_no_page_returned_is_rejected(garbage: str) -> None:
    with pytest.raises(BadPageCursor):
        PartyList().page(PartyQuery(after=garbage))


def test_a_cursor_of_another_sort_is_rejected() -> None:
    listed = PartyList()
    shown(listed, {1: replace(PLAIN, members=(), settings=PLAIN.settings)}, {})
    with pytest.raises(BadPageCursor):
        listed.page(PartyQuery(sort=PartySort.EMPTIEST, after="f1.1"))
