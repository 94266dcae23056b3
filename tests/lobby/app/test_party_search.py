"""Operators find every live party by an id, a code or a part of a name, at a bounded cost."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from lobby.app.party_search import PartySearch
from lobby.domain.bounds import Bounds
from lobby.domain.commands import JoinParty, LeaveParty
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.values import Visibility
from lobby.ports import BadPageCursor, Retention, Store
from lobby.stores import open_store
from tests.lobby.stores.changes import ANA, BEN, CAT, create, do, player, start
from tests.manual_clock import ManualClock

PRIVATE = SettingsPatch(name="The Crypt", visibility=Visibility.PRIVATE)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = await open_store("memory://", Bounds(), Retention(), ManualClock())
    yield store
    await store.close()


async def found(store: Store, text: str, searched_max: int = 1_000) -> list[str]:
    page = await PartySearch(store, searched_max).page(text, 20, None)
    return [one.party.id for one in page.parties]


async def test_ids_and_codes_lead_to_one_party(store: Store) -> None:
    await create(store, ANA, "p1", "CODE23", PRIVATE)
    await create(store, BEN, "p2")
    party = await do(store, "p1", start())
    assert party.session is not None
    for text in ("p1", party.session.id, ANA.id, "code23", " CODE23 "):
        assert await found(store, text) == ["p1"], text


async def test_names_of_parties_and_players_are_found_by_a_part_in_any_case(store: Store) -> None:
    await create(store, ANA, "p1", patch=PRIVATE)
    await create(store, BEN, "p2")
    await do(store, "p2", JoinParty(player("Crypt keeper")))
    assert await found(store, "cRYPT") == ["p2", "p1"]
    page = await PartySearch(store, 10).page("crypt", 20, None)
    assert [[each.display_name for each in one.players] for one in page.parties] == [["Crypt Keeper"], []]


async def test_a_closed_party_is_found_by_its_id_alone(store: Store) -> None:
    await create(store, ANA, "p1", patch=PRIVATE)
    await do(store, "p1", LeaveParty(ANA))
    assert await found(store, "p1") == ["p1"]
    assert await found(store, "crypt") == await found(store, "") == []


async def test_a_page_looks_at_a_bounded_number_of_parties_and_the_next_goes_on(store: Store) -> None:
    await create(store, CAT, "p0", patch=PRIVATE)
    for number in range(1, 8):
        await create(store, player(f"player-{number}"), f"p{number}")
    search, after, pages = PartySearch(store, 3), None, []
    while True:
        page = await search.page("crypt", 20, after)
        pages.append((page.searched, [one.party.id for one in page.parties]))
        after = page.after
        if after is None:
            break
    assert pages == [(3, []), (3, []), (2, ["p0"])]


async def test_pages_without_a_text_have_each_party_once(store: Store) -> None:
    for number in range(5):
        await create(store, player(f"player-{number}"), f"p{number}")
    search = PartySearch(store, 1_000)
    first = await search.page("", 2, None)
    second = await search.page("", 5, first.after)
    assert [one.party.id for page in (first, second) for one in page.parties] == ["p4", "p3", "p2", "p1", "p0"]
    assert second.after is None


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1" * 13, "٣"])
async def test_a_cursor_that_is_none_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(BadPageCursor):
        await PartySearch(store, 10).page("", 1, cursor)
