"""A full disk: nothing is lost or half written, and the store recovers when there is space again."""

from __future__ import annotations

import pytest

from lobby.domain.commands import JoinParty, LeaveParty
from lobby.domain.model import Party
from lobby.ports import Commit, Store, Unavailable
from lobby.stores import SqliteLimits
from tests.lobby.stores.changes import ANA, AT, BEN, create, do, party_creation
from tests.lobby.stores.home import Home

BULK = tuple((f"key{count}", "x" * 1000) for count in range(20))
"""Some 40 KB in the file for each party: in the event, and in the party after it."""


async def filled(store: Store) -> list[Party]:
    """Create parties until the disk is full."""
    made: list[Party] = []
    while True:
        try:
            made.append(await create(store, None, f"bulk{len(made)}", attributes=BULK))
        except Unavailable:
            return made


async def test_a_full_disk_loses_nothing_and_the_store_recovers_with_more_room(sqlite_home: Home) -> None:
    sqlite_home.limits = SqliteLimits(file_mib_max=1)
    store = await sqlite_home.open()
    parties = await filled(store)
    too_many = f"bulk{len(parties)}"
    assert await store.latest(too_many) is None
    assert await store.party_of_code(too_many.upper()) is None
    with pytest.raises(Unavailable, match="full"):
        await store.commit(Commit((party_creation(ANA, "another", attributes=BULK),)))
    assert await store.party_of_player("ana") is None
    assert parties == [await store.party(party.id) for party in parties]
    await store.close()

    sqlite_home.limits = SqliteLimits(file_mib_max=2)
    store = await sqlite_home.open()
    assert parties == [await store.party(party.id) for party in parties]
    await create(store, ANA, too_many, attributes=BULK)
    await store.close()


async def test_a_sweep_frees_space(sqlite_home: Home) -> None:
    sqlite_home.limits = SqliteLimits(file_mib_max=1)
    store = await sqlite_home.open()
    await create(store, None, "going", attributes=BULK)
    await do(store, "going", JoinParty(ANA), LeaveParty(ANA))
    parties = await filled(store)
    await store.sweep(AT + sqlite_home.retention.log_ms)
    await create(store, BEN, "coming", attributes=BULK)
    assert parties == [await store.party(party.id) for party in parties]
    assert await store.party_of_player("ben") == "coming"
    await store.close()
