"""The public list follows the commits. tests/lobby/stores/test_party_list.py tests how pages are found."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.commands import JoinParty, LeaveParty, SetPresence, UpdateMember, UpdateParty
from lobby.domain.listing import PartyFilter, PartySort
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.regions import RegionPing
from lobby.ports import BadPageCursor, PartyQuery, SessionQuery, Store
from tests.lobby.stores.changes import ANA, BEN, CAT, create, do, player, start
from tests.lobby.stores.write_blocker import WriteBlocker


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


async def test_the_list_shows_the_durable_state(store: Store, write_blocker: WriteBlocker) -> None:
    await create(store)
    write_blocker.hold()
    committing = asyncio.create_task(do(store, "p1", LeaveParty(ANA)))
    await write_blocker.reached()
    assert await ids(store) == ["p1"]
    write_blocker.release()
    await committing
    assert await ids(store) == []


async def test_listed_parties_are_up_to_date(store: Store) -> None:
    await create(store)
    joined = await do(store, "p1", JoinParty(BEN))
    assert (joined,) == (await store.parties(PartyQuery())).items


async def test_parties_are_sorted_by_age_and_by_members(store: Store) -> None:
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


async def test_a_version_finds_parties_that_need_it_or_none(store: Store) -> None:
    await create(store, ANA, "p1", patch=SettingsPatch(client_version="1.0"))
    await create(store, BEN, "p2", patch=SettingsPatch(client_version="1.1"))
    await create(store, CAT, "p3")
    assert await ids(store, PartyQuery(PartyFilter(client_version="1.0"))) == ["p3", "p1"]
    assert await ids(store, PartyQuery(PartyFilter(client_version=""))) == ["p3"]
    await do(store, "p1", UpdateParty(ANA, SettingsPatch(client_version="1.2")))
    await do(store, "p3", UpdateParty(CAT, SettingsPatch(client_version="1.0")))
    assert await ids(store, PartyQuery(PartyFilter(client_version="1.0"))) == ["p3"]
    assert await ids(store, PartyQuery(PartyFilter(client_version=""))) == []


async def test_a_region_finds_the_parties_whose_members_told_it(store: Store) -> None:
    await create(store, ANA, "p1")
    await create(store, BEN, "p2")
    await do(store, "p1", UpdateMember(ANA, pings=(RegionPing("eu", 20), RegionPing("us", 90))))
    assert await ids(store, PartyQuery(PartyFilter(region="eu"))) == ["p1"]
    await do(store, "p1", JoinParty(CAT), UpdateMember(CAT, pings=(RegionPing("eu", 150), RegionPing("us", 80))))
    assert await ids(store, PartyQuery(PartyFilter(region="eu"))) == []
    assert await ids(store, PartyQuery(PartyFilter(region="us"))) == ["p1"]


async def test_an_invalid_cursor_is_rejected(store: Store) -> None:
    with pytest.raises(BadPageCursor):
        await store.parties(PartyQuery(after="nonsense"))
    with pytest.raises(BadPageCursor):
        await store.sessions(SessionQuery(after="nonsense"))
