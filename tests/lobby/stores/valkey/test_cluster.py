"""A store over three primaries, also during a failover."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from lobby.ports import Retention, Unavailable
from lobby.stores.valkey.opening import open_valkey
from tests.lobby.stores.changes import BOUNDS, create, player
from tests.lobby.stores.test_traffic import check
from tests.lobby.stores.traffic import Traffic
from tests.lobby.stores.write_blocker import WriteBlocker
from tests.manual_clock import ManualClock
from tests.needs import needs
from tools.chaos.valkey.cluster import ValkeyCluster

STEPS = 300


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ValkeyCluster]:
    needs("valkey")
    cluster = ValkeyCluster(tmp_path)
    cluster.start()
    yield cluster
    cluster.kill()


async def test_all_readings_agree_and_a_failover_only_delays(cluster: ValkeyCluster) -> None:
    url = "valkey+cluster://" + ",".join(f"{host}:{port}" for host, port in cluster.addresses[:2])
    store = await open_valkey(url, BOUNDS, Retention(), ManualClock())
    traffic = Traffic(store, WriteBlocker(), random.Random(1))
    await traffic.run(STEPS)
    await check(store, traffic)
    failing_over = asyncio.create_task(asyncio.to_thread(cluster.fail_over, random.Random(1), 0.0))
    made = 0
    while not failing_over.done():
        made += 1
        try:
            await create(store, player(f"comer{made}"), f"new{made}")
        except Unavailable:
            continue
    await failing_over
    await create(store, player("last"), "last")
    await store.close()
