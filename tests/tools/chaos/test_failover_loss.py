"""What a failover of a cluster loses is found on the disk of the primary that died, and told apart."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from valkey.asyncio import ValkeyCluster as Client
from valkey.exceptions import ValkeyError

from chaos.checks.judge import Verdict
from chaos.checks.violation import Kind, Violation
from chaos.truth.left_behind import LeftBehind, left_behind
from chaos.valkey.cluster import ValkeyCluster
from lobby.stores.valkey.partitions import Partitions
from tests.needs import needs

PARTIES = ["first", "second", "third"]
"""One in the slots of each primary."""
BEHIND_S = 0.5


async def test_what_only_a_dead_primary_had_is_found(tmp_path: Path) -> None:
    needs("valkey")
    cluster = ValkeyCluster(tmp_path)
    url = "valkey+cluster://" + ",".join(f"{host}:{port}" for host, port in cluster.addresses)
    try:
        await asyncio.to_thread(cluster.start)
        client: Any = Client(*cluster.addresses[0])
        await write(client, 1)
        await asyncio.sleep(0.1)
        assert await left_behind([], url) == LeftBehind()
        failing = asyncio.create_task(asyncio.to_thread(cluster.fail_over, Random(1), 0.0, BEHIND_S))
        seq = 1
        while not failing.done():
            seq += 1
            with suppress(ValkeyError, OSError, TimeoutError):
                async with asyncio.timeout(0.2):
                    await write(client, seq)
        await failing
        await client.aclose()
        found = await left_behind(cluster.left_behind, url)
    finally:
        await asyncio.to_thread(cluster.kill)
    assert found.entries > 0
    assert len(found.party_ids) == 1
    assert found.party_ids < set(PARTIES)


async def write(client: Any, seq: int) -> None:
    for name, party_id in zip(Partitions(3).names, PARTIES, strict=True):
        await client.xadd(f"{name}:log:{party_id}", {"c": str(seq)}, id=f"{seq}-0")


def test_violations_of_a_party_that_lost_something_with_a_primary_are_told_apart() -> None:
    lost, other = Violation(Kind.LOST, "entry 3 of party a1"), Violation(Kind.LOST, "entry 3 of party b2")
    verdict = Verdict([lost, other])
    verdict.excuse({"a1"})
    assert verdict.violations == [other]
    assert verdict.excused == [lost]
