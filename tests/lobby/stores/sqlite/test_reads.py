"""Entries that left memory are read from the file, and replayed from the nearest snapshot."""

from __future__ import annotations

from lobby.domain.commands import JoinParty, LeaveParty, PostMessage, SetReady
from lobby.stores import SqliteLimits
from tests.lobby.stores.changes import ANA, BEN, create, do
from tests.lobby.stores.home import Home


async def test_entries_from_the_file_equal_those_in_memory(sqlite_home: Home) -> None:
    """With two entries in memory, nearly all are read from the file."""
    sqlite_home.limits = SqliteLimits(latest_entries_max=2)
    store = await sqlite_home.open()
    parties = [await create(store)]
    for count in range(40):
        parties.append(await do(store, "p1", JoinParty(BEN)))
        parties.append(await do(store, "p1", SetReady(BEN, True, 1)))
        parties.append(await do(store, "p1", PostMessage(ANA, f"message {count}")))
        parties.append(await do(store, "p1", LeaveParty(BEN)))
    for after in (0, 1, 30, 31, 32, 33, 63, 64, 100, len(parties) - 1):
        for limit in (1, 2, 31, 32, 33, 1000):
            entries = await store.entries("p1", after, limit)
            assert parties[after : after + limit] == [entry.party for entry in entries]
    await store.close()


async def test_a_page_that_starts_on_the_disk_continues_in_memory(sqlite_home: Home) -> None:
    sqlite_home.limits = SqliteLimits(latest_entries_max=5)
    store = await sqlite_home.open()
    await create(store)
    await do(store, "p1", *(PostMessage(ANA, str(count)) for count in range(9)))
    assert list(range(3, 11)) == [entry.seq for entry in await store.entries("p1", 2, 100)]
    await store.close()
