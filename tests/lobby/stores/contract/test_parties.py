"""The public list as the store keeps it; how pages are found is in tests/stores/index."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.commands import JoinParty, LeaveParty, SetPresence, SettingsPatch, UpdateParty
from lobby.domain.listing import PartyFilter, PartySort
from lobby.ports import BadPageCursor, PartyQuery, SessionQuery, Store
from tests.stores.changes import ANA, BEN, CAT, create, do, player, start
from tests.stores.gate import SteeredGate


async def ids(store: Store, query: PartyQuery | None = None) -> list[str]:
    return [party.id for party in (await store.parties(query or PartyQuery())).items]


async def test_a_party_is_listed_while_it_is_open(store: Store) -> None:
    await create(store)
    assert await ids(store) == ["p1"]
    await do(store, "p1", UpdateParty(ANA, SettingsPatch(locked=True)))
    assert await ids(store) == []
    await do(store, "p1", UpdateParty(ANA, SettingsPatch(locked=False)))
    assert await ids(store) == ["p1"]
    await do(store, "p1", SetPresence("ana", False))
    assert await ids(store) == []
    await do(store, "p1", SetPresence("ana", True), start())
    assert await ids(store) == []


async def test_a_closed_party_is_not_listed(store: Store) -> None:
    await create(store)
    await do(store, "p1", LeaveParty(ANA))
    assert await ids(store) == []


async def test_the_list_shows_what_is_durable(store: Store, gate: SteeredGate) -> None:
    await create(store)
    gate.hold()
    committing = asyncio.create_task(do(store, "p1", LeaveParty(ANA)))
    await gate.reached()
    assert await ids(store) == ["p1"]
    gate.release()
    await committing
    assert await ids(store) == []


async def test_listed_parties_are_as_they_are_now(store: Store) -> None:
    await create(store)
    joined = await do(store, "p1", JoinParty(BEN))
    assert (joined,) == (await store.parties(PartyQuery())).items


async def test_sorts_go_by_age_and_by_members(store: Store) -> None:
    for count in range(3):
        await create(store, player(f"leader{count}"), f"p{count}")
    await do(store, "p1", JoinParty(BEN), JoinParty(CAT))
    assert await ids(store) == ["p2", "p1", "p0"]
    assert await ids(store, PartyQuery(sort=PartySort.FULLEST)) == ["p1", "p0", "p2"]
    assert await ids(store, PartyQuery(sort=PartySort.EMPTIEST)) == ["p0", "p2", "p1"]


async def test_filters_narrow_the_list(store: Store) -> None:
    await create(store, ANA, "p1", patch=SettingsPatch(name="The Deep Mines"), attributes=(("map", "cave"),))
    await create(store, BEN, "p2", patch=SettingsPatch(name="Tower"))
    assert await ids(store, PartyQuery(PartyFilter(name_contains="deep m"))) == ["p1"]
    assert await ids(store, PartyQuery(PartyFilter(attributes=(("map", "cave"),)))) == ["p1"]
    assert await ids(store, PartyQuery(PartyFilter(attributes=(("map", None),)))) == ["p2"]
    assert await ids(store, PartyQuery(PartyFilter(name_contains="deep", attributes=(("map", None),)))) == []


async def test_a_bad_cursor_is_refused(store: Store) -> None:
    with pytest.raises(BadPageCursor):
        await store.parties(PartyQuery(after="nonsense"))
    with pytest.raises(BadPageCursor):
        await store.sessions(SessionQuery(after="nonsense"))
