"""A disk without room: nothing half, nothing lost, and work goes on when there is room again."""

from __future__ import annotations

import pytest

from lobby.domain.commands import JoinParty, LeaveParty
from lobby.domain.model import Party
from lobby.ports import Commit, Store, Unavailable
from lobby.stores import SqliteLimits
from tests.stores.changes import ANA, AT, BEN, create, do, founding
from tests.stores.home import Home

BULK = tuple((f"key{count}", "x" * 1000) for count in range(20))
"""Some 40 KB in the file for each party: in the event, and in the party after it."""


async def filled(store: Store) -> list[Party]:
    """Parties, as many as there is room for."""
    made: list[Party] = []
    while True:
        try:
            made.append(await create(store, None, f"bulk{len(made)}", attributes=BULK))
        except Unavailable:
            return made


async def test_a_full_store_keeps_what_it_has_and_works_on_with_more_room(sqlite_home: Home) -> None:
    sqlite_home.limits = SqliteLimits(file_mib_max=1)
    store = await sqlite_home.open()
    parties = await filled(store)
    too_many = f"bulk{len(parties)}"
    assert await store.newest(too_many) is None
    assert await store.party_of_code(too_many.upper()) is None
    with pytest.raises(Unavailable, match="full"):
        await store.commit(Commit((founding(ANA, "another", attributes=BULK),)))
    assert await store.seat_of("ana") is None
    assert parties == [await store.party(party.id) for party in parties]
    await store.close()

    sqlite_home.limits = SqliteLimits(file_mib_max=2)
    store = await sqlite_home.open()
    assert parties == [await store.party(party.id) for party in parties]
    await create(store, ANA, too_many, attributes=BULK)
    await store.close()


async def test_a_sweep_makes_room(sqlite_home: Home) -> None:
    sqlite_home.limits = SqliteLimits(file_mib_max=1)
    store = await sqlite_home.open()
    await create(store, None, "going", attributes=BULK)
    await do(store, "going", JoinParty(ANA), LeaveParty(ANA))
    parties = await filled(store)
    await store.sweep(AT + sqlite_home.retention.log_ms)
    await create(store, BEN, "coming", attributes=BULK)
    assert parties == [await store.party(party.id) for party in parties]
    assert await store.seat_of("ben") == "coming"
    await store.close()
