"""A server that dies, hangs, is full or may not write: commits that returned are kept, others fail with Unavailable."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from lobby.domain.commands import JoinParty, PostMessage
from lobby.ports import Commit, Retention, Unavailable
from lobby.stores.valkey.client import CallLimits
from lobby.stores.valkey.opening import open_valkey
from lobby.stores.valkey.store import ValkeyStore
from tests.lobby.stores.changes import ANA, BEN, BOUNDS, CAT, change, create, do, party_move, record_of
from tests.lobby.stores.valkey.servers import LateReply, LosingReplies, SlowCalls
from tests.manual_clock import ManualClock
from tests.needs import needs
from tools.chaos.valkey.server import DURABLE, ValkeyServer

LIMITS = CallLimits()
"""Longer than a pause of a busy machine."""
SLACK_S = 2.0
"""Seconds, enough for a busy machine."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyServer]:
    needs("valkey")
    server = ValkeyServer(tmp_path / "valkey", DURABLE)
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def store(server: ValkeyServer) -> AsyncIterator[ValkeyStore]:
    store = await open_valkey(server.url, BOUNDS, Retention(), ManualClock(), limits=LIMITS)
    yield store
    await store.close()


async def tell(store: ValkeyStore, *command: str | int) -> Any:
    return await store.client._servers.call(0, command)


async def test_finished_commits_survive_a_kill_of_the_server(store: ValkeyStore, server: ValkeyServer) -> None:
    made = await create(store)
    joined = change(made, JoinParty(BEN))
    await store.commit(Commit((joined,), record_of(joined.after)))
    server.kill()
    with pytest.raises(Unavailable):
        await store.check()
    server.start()
    await store.check()
    assert joined.after == await store.party("p1")
    assert await store.party_of_player("ben") == "p1"
    assert await store.find_idempotency_record("ana", "key") == record_of(joined.after)
    await do(store, "p1", PostMessage(ANA, "still here"))


async def test_a_call_to_a_server_that_hangs_fails_at_the_call_limit(store: ValkeyStore, server: ValkeyServer) -> None:
    made = await create(store)
    server.freeze()
    began_at = time.monotonic()
    with pytest.raises(Unavailable):
        await store.commit(Commit((change(made, JoinParty(BEN)),)))
    assert time.monotonic() - began_at < LIMITS.call_s + SLACK_S
    server.thaw()
    await store.check()
    party = await store.party("p1")
    assert party is not None
    await do(store, "p1", PostMessage(ANA, "on it goes"))


async def test_a_commit_of_several_calls_fails_at_the_call_limit(server: ValkeyServer) -> None:
    """Each call is fast enough, but all calls together take too long. The player is still in exactly one party."""
    limits = CallLimits(call_s=2.0, try_s=1.8)
    store = await open_valkey(server.url, BOUNDS, Retention(), ManualClock(), limits=limits, partitions=16)
    await create(store, ANA, "p1")
    left = await do(store, "p1", JoinParty(BEN))
    joined = await create(store, CAT, "p2")
    slow = store.client._servers = SlowCalls(store.client._servers)
    slow.delay_s = 1.2
    with pytest.raises(Unavailable, match="no end of a commit within"):
        await store.commit(party_move(BEN, left, joined))
    slow.delay_s = 0.0
    parties = [party for id in ("p1", "p2") if (party := await store.party(id)) is not None]
    assert [party.id for party in parties if party.member("ben") is not None] == [await store.party_of_player("ben")]
    await store.close()


async def test_a_pause_shorter_than_the_call_limit_delays_a_call(store: ValkeyStore) -> None:
    await create(store)
    await tell(store, "CLIENT", "PAUSE", 150)
    await do(store, "p1", JoinParty(BEN))


async def test_a_full_server_fails_at_once_and_recovers_with_more_room(store: ValkeyStore) -> None:
    made = await create(store)
    await tell(store, "CONFIG", "SET", "maxmemory", 1)
    began_at = time.monotonic()
    with pytest.raises(Unavailable):
        await store.commit(Commit((change(made, JoinParty(BEN)),)))
    with pytest.raises(Unavailable):
        await store.check()
    assert time.monotonic() - began_at < LIMITS.call_s
    assert made == await store.party("p1")
    await tell(store, "CONFIG", "SET", "maxmemory", 0)
    await do(store, "p1", JoinParty(BEN))


async def test_a_server_that_became_a_replica_fails_until_it_is_primary_again(store: ValkeyStore) -> None:
    await create(store)
    await tell(store, "REPLICAOF", "127.0.0.1", 1)
    with pytest.raises(Unavailable):
        await store.check()
    await tell(store, "REPLICAOF", "NO", "ONE")
    await do(store, "p1", JoinParty(BEN))


async def test_a_server_that_has_lost_its_scripts_gets_them_again(store: ValkeyStore) -> None:
    await create(store)
    await tell(store, "SCRIPT", "FLUSH")
    await do(store, "p1", JoinParty(BEN))


async def test_a_commit_whose_reply_was_lost_is_made_once(store: ValkeyStore) -> None:
    made = await create(store)
    losing = store.client._servers = LosingReplies(store.client._servers)
    losing.count = 2
    joined = change(made, JoinParty(BEN))
    await store.commit(Commit((joined,), record_of(joined.after)))
    losing.count = 1
    await store.commit(Commit((), record_of(joined.after, "another")))
    assert [entry.seq for entry in await store.entries("p1", 0, 10)] == [1, 2]
    assert await store.find_idempotency_record("ana", "another") is not None


async def test_two_states_of_one_version_are_distinguished(store: ValkeyStore, server: ValkeyServer) -> None:
    """A server that lost its last commits gets others in their place."""
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


async def test_a_late_reply_of_a_read_does_not_hide_a_newer_commit(store: ValkeyStore, server: ValkeyServer) -> None:
    """The next command would be decided on the older state, and lose a race that nobody else was in."""
    other = await open_valkey(server.url, BOUNDS, Retention(), ManualClock())
    await create(store)
    await do(other, "p1", PostMessage(ANA, "by another node"))
    late = store.client._servers = LateReply(store.client._servers)
    reading = asyncio.create_task(store.party("p1"))
    await late.is_held.wait()
    await store.party("p1")
    newest = await do(store, "p1", JoinParty(BEN))
    late.arrive()
    await reading
    assert await store.latest("p1") == newest
    await other.close()


async def test_settings_that_can_lose_data_are_logged_at_the_start(
    server: ValkeyServer, store: ValkeyStore, caplog: pytest.LogCaptureFixture
) -> None:
    assert await store.client.config_warnings() == []
    await tell(store, "CONFIG", "SET", "appendonly", "no")
    await tell(store, "CONFIG", "SET", "maxmemory", "1gb")
    await tell(store, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    await (await open_valkey(server.url, BOUNDS, Retention(), ManualClock())).close()
    lines = " ".join(record.getMessage() for record in caplog.records)
    assert "appendonly is off" in lines
    assert "maxmemory-policy is allkeys-lru" in lines
