"""Entries that a cluster lost in a failover are found on the disk of the dead primary, and their violations are excused."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from valkey.asyncio import ValkeyCluster as Client
from valkey.exceptions import ValkeyError

from lobby.stores.valkey.partitions import Partitions
from tests.needs import needs
from tools.chaos.checks.judge import Verdict
from tools.chaos.expected_state.failover_loss import FailoverLoss, find_failover_loss
from tools.chaos.valkey.cluster import ValkeyCluster
from tools.chaos.violation import Kind, Violation

PARTIES = ["first", "second", "third"]
"""One party in the slots of each primary."""
BEHIND_S = 0.5


async def test_an_entry_that_only_a_dead_primary_had_is_found(tmp_path: Path) -> None:
    needs("valkey")
    cluster = ValkeyCluster(tmp_path)
    url = "valkey+cluster://" + ",".join(f"{host}:{port}" for host, port in cluster.addresses)
    try:
        await asyncio.to_thread(cluster.start)
        client: Any = Client(*cluster.addresses[0])
        await write(client, 1)
        await asyncio.sleep(0.1)
        assert await find_failover_loss([], url) == FailoverLoss()
        failing = asyncio.create_task(asyncio.to_thread(cluster.fail_over, Random(1), 0.0, BEHIND_S))
        seq = 1
        while not failing.done():
            seq += 1
            with suppress(ValkeyError, OSError, TimeoutError):
                async with asyncio.timeout(0.2):
                    await write(client, seq)
        await failing
        await client.aclose()
        found = await find_failover_loss(cluster.dead_primaries, url)
    finally:
        await asyncio.to_thread(cluster.kill)
    assert found.entries > 0
    assert len(found.party_ids) == 1
    assert found.actor_ids == {"ann"}
    assert found.party_ids < set(PARTIES)


async def write(client: Any, seq: int) -> None:
    for name, party_id in zip(Partitions(3).names, PARTIES, strict=True):
        await client.xadd(f"{name}:log:{party_id}", {"c": str(seq), "e": '[1, "ann"]'}, id=f"{seq}-0")


def test_violations_of_a_party_that_lost_data_in_a_failover_are_excused() -> None:
    lost, other = Violation(Kind.LOST, "entry 3 of party a1"), Violation(Kind.LOST, "entry 3 of party b2")
    verdict = Verdict([lost, other])
    verdict.excuse({"a1"})
    assert verdict.violations == [other]
    assert verdict.excused == [lost]


def test_half_a_move_into_a_party_that_lost_the_other_half_is_excused() -> None:
    half, other = Violation(Kind.HALF, "moved by ann"), Violation(Kind.LOST, "mutation 3 of ann")
    verdict = Verdict([half, other])
    verdict.excuse({"a1"}, {"ann"})
    assert verdict.violations == [other]
    assert verdict.excused == [half]


def test_a_stream_without_a_snapshot_is_never_excused() -> None:
    crossed = Violation(Kind.CROSSED, "a phone in party a1 received entry 8 after 9")
    verdict = Verdict([crossed])
    verdict.excuse({"a1"})
    assert verdict.violations == [crossed]
