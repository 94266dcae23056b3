"""A server that dies, hangs, is full, or may not write: what is answered is kept, the rest is told to come again."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from chaos.valkey.server import DURABLE, ValkeyServer
from lobby.domain.commands import JoinParty, PostMessage
from lobby.ports import Commit, Retention, Unavailable
from lobby.stores.valkey.link import LinkLimits
from lobby.stores.valkey.opening import open_valkey
from lobby.stores.valkey.store import ValkeyStore
from tests.needs import needs
from tests.stores.changes import ANA, BEN, BOUNDS, change, create, do, record_of
from tests.stores.clock import ManualClock
from tests.stores.valkey.servers import LosingAnswers

QUICK = LinkLimits(call_s=0.5, try_s=0.2)
SLACK_S = 1.0
"""For a busy machine."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyServer]:
    needs("valkey")
    server = ValkeyServer(tmp_path / "valkey", DURABLE)
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def store(server: ValkeyServer) -> AsyncIterator[ValkeyStore]:
    store = await open_valkey(server.url, BOUNDS, Retention(), ManualClock(), limits=QUICK)
    yield store
    await store.close()


async def tell(store: ValkeyStore, *command: str | int) -> Any:
    return await store.link._servers.ask(0, command)


async def test_what_was_answered_is_there_after_a_kill(store: ValkeyStore, server: ValkeyServer) -> None:
    made = await create(store)
    joined = change(made, JoinParty(BEN))
    await store.commit(Commit((joined,), record_of(joined.after)))
    server.kill()
    with pytest.raises(Unavailable):
        await store.check()
    server.start()
    await store.check()
    assert joined.after == await store.party("p1")
    assert await store.seat_of("ben") == "p1"
    assert await store.recall("ana", "key") == record_of(joined.after)
    await do(store, "p1", PostMessage(ANA, "still here"))


async def test_a_server_that_hangs_is_not_waited_for_longer_than_a_call_may_take(
    store: ValkeyStore, server: ValkeyServer
) -> None:
    made = await create(store)
    server.freeze()
    began_at = time.monotonic()
    with pytest.raises(Unavailable):
        await store.commit(Commit((change(made, JoinParty(BEN)),)))
    assert time.monotonic() - began_at < QUICK.call_s + SLACK_S
    server.thaw()
    await store.check()
    party = await store.party("p1")
    assert party is not None
    await do(store, "p1", PostMessage(ANA, "on it goes"))


async def test_a_pause_shorter_than_a_call_may_take_is_waited_out(store: ValkeyStore) -> None:
    await create(store)
    await tell(store, "CLIENT", "PAUSE", 150)
    await do(store, "p1", JoinParty(BEN))


async def test_a_full_server_refuses_at_once_and_takes_more_when_there_is_room(store: ValkeyStore) -> None:
    made = await create(store)
    await tell(store, "CONFIG", "SET", "maxmemory", 1)
    began_at = time.monotonic()
    with pytest.raises(Unavailable):
        await store.commit(Commit((change(made, JoinParty(BEN)),)))
    with pytest.raises(Unavailable):
        await store.check()
    assert time.monotonic() - began_at < QUICK.call_s
    assert made == await store.party("p1")
    await tell(store, "CONFIG", "SET", "maxmemory", 0)
    await do(store, "p1", JoinParty(BEN))


async def test_a_server_that_became_a_replica_takes_nothing_until_it_leads_again(store: ValkeyStore) -> None:
    await create(store)
    await tell(store, "REPLICAOF", "127.0.0.1", 1)
    with pytest.raises(Unavailable):
        await store.check()
    await tell(store, "REPLICAOF", "NO", "ONE")
    await do(store, "p1", JoinParty(BEN))


async def test_a_server_that_has_lost_its_scripts_is_given_them_again(store: ValkeyStore) -> None:
    await create(store)
    await tell(store, "SCRIPT", "FLUSH")
    await do(store, "p1", JoinParty(BEN))


async def test_a_commit_whose_answer_was_lost_is_made_once(store: ValkeyStore) -> None:
    made = await create(store)
    losing = store.link._servers = LosingAnswers(store.link._servers)
    losing.count = 2
    joined = change(made, JoinParty(BEN))
    await store.commit(Commit((joined,), record_of(joined.after)))
    losing.count = 1
    await store.commit(Commit((), record_of(joined.after, "another")))
    assert [entry.seq for entry in await store.entries("p1", 0, 10)] == [1, 2]
    assert await store.recall("ana", "another") is not None


async def test_another_history_of_the_same_length_is_told_apart(store: ValkeyStore, server: ValkeyServer) -> None:
    """A server that lost its last commits has others in their place."""
    made = await create(store)
    lost = await do(store, "p1", PostMessage(ANA, "lost"))
    await tell(store, "FLUSHALL")
    other = await open_valkey(server.url, BOUNDS, Retention(), ManualClock())
    await create(other)
    kept = await do(other, "p1", PostMessage(ANA, "kept"))
    assert made.version + 1 == lost.version == kept.version
    with pytest.raises(Exception, match="conflict"):
        await store.commit(Commit((change(lost, JoinParty(BEN)),)))
    await do(store, "p1", JoinParty(BEN))
    await other.close()


async def test_settings_that_lose_data_are_told_of_at_the_start(
    server: ValkeyServer, store: ValkeyStore, caplog: pytest.LogCaptureFixture
) -> None:
    assert await store.link.advice() == []
    await tell(store, "CONFIG", "SET", "appendonly", "no")
    await tell(store, "CONFIG", "SET", "maxmemory", "1gb")
    await tell(store, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    await (await open_valkey(server.url, BOUNDS, Retention(), ManualClock())).close()
    told = " ".join(record.getMessage() for record in caplog.records)
    assert "appendonly is off" in told
    assert "maxmemory-policy is allkeys-lru" in told
