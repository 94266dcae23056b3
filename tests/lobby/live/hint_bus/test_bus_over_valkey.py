"""Hints between nodes, over a real server that is killed, frozen and cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lobby.live.hint_bus.messages import BusLimits
from tests.lobby.live.hint_bus.bus_node import node, url_of
from tools.chaos.ports import HOST
from tools.chaos.valkey.server import ValkeyServer
from tools.chaos.valkey.store_link import StoreLink


@asynccontextmanager
async def store_link(valkey: ValkeyServer) -> AsyncIterator[StoreLink]:
    opened = StoreLink(valkey.address)
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()


async def test_a_hint_reaches_every_node_once(valkey: ValkeyServer) -> None:
    async with node(valkey.url) as one, node(valkey.url) as other:
        await one.bus.publish("party", 1)
        await other.recorder.hears(("party", 1))
        await other.bus.publish("party", 2)
        await one.recorder.hears(("party", 2))
        await other.recorder.hears(("party", 2))
        assert one.recorder.hints == other.recorder.hints == [("party", 1), ("party", 2)]


async def test_the_newest_hint_of_every_party_arrives(valkey: ValkeyServer) -> None:
    async with node(valkey.url) as one, node(valkey.url) as other:
        for seq in range(1, 2_001):
            await one.bus.publish("busy", seq)
            await one.bus.publish(f"party {seq}", 1)
        await other.recorder.hears(("busy", 2_000))
        await other.recorder.hears(("party 2000", 1))
        assert {(f"party {seq}", 1) for seq in range(1, 2_001)} <= set(other.recorder.hints)
        assert [seq for party, seq in other.recorder.hints if party == "busy"] == sorted(
            seq for party, seq in other.recorder.hints if party == "busy"
        )


async def test_nodes_resync_and_receive_again_after_a_server_restart(
    valkey: ValkeyServer,
) -> None:
    async with node(valkey.url) as one, node(valkey.url) as other:
        before = one.recorder.resyncs, other.recorder.resyncs
        valkey.kill()
        await one.bus.publish("while down", 1)
        valkey.start()
        await one.recorder.resyncs_after(before[0])
        await other.recorder.resyncs_after(before[1])
        await one.bus.publish("after", 1)
        await other.recorder.hears(("after", 1))


async def test_a_hint_published_while_the_server_is_down_arrives_later(valkey: ValkeyServer) -> None:
    async with node(valkey.url) as one, node(valkey.url) as other:
        valkey.kill()
        await one.bus.publish("while down", 1)
        await one.recorder.hears(("while down", 1))
        valkey.start()
        before = other.recorder.resyncs
        await other.recorder.until(lambda: ("while down", 1) in other.recorder.hints or other.recorder.resyncs > before)


async def test_a_node_that_was_cut_off_resyncs(valkey: ValkeyServer) -> None:
    async with store_link(valkey) as way, node(valkey.url) as one, node(url_of(way.address)) as other:
        before = other.recorder.resyncs
        await way.cut()
        await one.bus.publish("missed", 1)
        way.restore()
        await other.recorder.resyncs_after(before)
        await one.bus.publish("heard", 1)
        await other.recorder.hears(("heard", 1))


async def test_a_node_with_a_silent_connection_reconnects(valkey: ValkeyServer) -> None:
    async with store_link(valkey) as way, node(valkey.url) as one, node(url_of(way.address)) as other:
        await other.bus.publish("first", 1)
        await one.recorder.hears(("first", 1))
        before, others_before = other.recorder.resyncs, one.recorder.resyncs
        way.silence()
        await one.bus.publish("missed", 1)
        await one.recorder.resyncs_after(others_before)
        way.restore()
        await other.recorder.until(lambda: ("missed", 1) in other.recorder.hints or other.recorder.resyncs > before)
        before = other.recorder.resyncs
        await one.bus.publish("heard", 1)
        await other.recorder.until(lambda: ("heard", 1) in other.recorder.hints or other.recorder.resyncs > before)


async def test_publishing_never_waits_for_the_server(valkey: ValkeyServer) -> None:
    async with node(valkey.url) as one:
        valkey.freeze()
        async with asyncio.timeout(5):
            for seq in range(1_000):
                await one.bus.publish("party", seq)
        valkey.thaw()


async def test_other_nodes_resync_after_hints_were_dropped(valkey: ValkeyServer) -> None:
    async with node(valkey.url) as one, node(valkey.url) as other:
        await one.bus.publish("first", 1)
        await other.recorder.hears(("first", 1))
        before = other.recorder.resyncs
        for number in range(BusLimits().outbox_max + 500):
            await one.bus.publish(f"party {number}", 1)
        await other.recorder.resyncs_after(before)


async def test_nodes_resync_after_another_node_dies(valkey: ValkeyServer) -> None:
    async with node(valkey.url) as one, store_link(valkey) as way, node(url_of(way.address)) as dying:
        await dying.bus.publish("first", 1)
        await one.recorder.hears(("first", 1))
        before = one.recorder.resyncs
        await way.cut()
        await one.recorder.resyncs_after(before)


async def test_nodes_do_not_resync_after_a_graceful_shutdown(valkey: ValkeyServer) -> None:
    async with node(valkey.url) as one:
        async with node(valkey.url) as going:
            await going.bus.publish("last", 1)
        await one.recorder.hears(("last", 1))
        before = one.recorder.resyncs
        async with node(valkey.url) as next_one:
            await asyncio.sleep(0)
            await next_one.bus.publish("next", 1)
            await one.recorder.hears(("next", 1))
        assert one.recorder.resyncs == before


async def test_a_bus_opens_without_a_server_and_connects_later(valkey: ValkeyServer) -> None:
    valkey.kill()
    async with node(valkey.url, reachable=False) as one:
        assert one.recorder.resyncs == 0
        await one.bus.publish("own", 1)
        await one.recorder.hears(("own", 1))
        valkey.start()
        await one.recorder.resyncs_after(0)
        async with node(valkey.url) as other:
            await other.bus.publish("party", 1)
            await one.recorder.hears(("party", 1))


async def test_a_node_continues_with_another_server_of_the_cluster(valkey: ValkeyServer) -> None:
    somebody = f"{HOST}:{valkey.port}"
    urls = [f"valkey+cluster://{hosts}" for hosts in (f"{HOST}:1,{somebody}", f"{somebody},{HOST}:1")]
    async with node(urls[0]) as one, node(urls[1]) as other:
        await one.bus.publish("party", 1)
        await other.recorder.hears(("party", 1))


async def test_closing_leaves_no_task_behind_and_is_quick_without_a_server(valkey: ValkeyServer) -> None:
    before = asyncio.all_tasks()
    async with node(valkey.url):
        valkey.kill()
    await asyncio.sleep(0)  # broadcaster cancels its own task without waiting for it
    assert asyncio.all_tasks() - before == set()
