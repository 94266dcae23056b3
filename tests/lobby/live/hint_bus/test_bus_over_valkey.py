"""Hints between nodes, over a real server that is killed, frozen and cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chaos.ports import HOST
from chaos.valkey.cable import Cable
from chaos.valkey.server import ValkeyServer
from tests.live.valkey_bus.ear import node, url_of


@asynccontextmanager
async def cable(valkey: ValkeyServer) -> AsyncIterator[Cable]:
    opened = Cable(valkey.address)
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()


async def test_a_hint_reaches_the_other_nodes_and_ones_own_each_once(valkey: ValkeyServer) -> None:
    async with node(valkey.url) as one, node(valkey.url) as other:
        await one.bus.publish("party", 1)
        await other.ear.hears(("party", 1))
        await other.bus.publish("party", 2)
        await one.ear.hears(("party", 2))
        await other.ear.hears(("party", 2))
        assert one.ear.hints == other.ear.hints == [("party", 1), ("party", 2)]


async def test_of_many_hints_for_one_party_the_newest_arrives_and_of_many_parties_each(valkey: ValkeyServer) -> None:
    async with node(valkey.url) as one, node(valkey.url) as other:
        for seq in range(1, 2_001):
            await one.bus.publish("busy", seq)
            await one.bus.publish(f"party {seq}", 1)
        await other.ear.hears(("busy", 2_000))
        await other.ear.hears(("party 2000", 1))
        assert {(f"party {seq}", 1) for seq in range(1, 2_001)} <= set(other.ear.hints)
        assert [seq for party, seq in other.ear.hints if party == "busy"] == sorted(
            seq for party, seq in other.ear.hints if party == "busy"
        )


async def test_after_a_restart_of_the_server_every_node_looks_for_itself_and_then_hears_again(
    valkey: ValkeyServer,
) -> None:
    async with node(valkey.url) as one, node(valkey.url) as other:
        before = one.ear.resyncs, other.ear.resyncs
        valkey.kill()
        await one.bus.publish("while down", 1)
        valkey.start()
        await one.ear.resyncs_after(before[0])
        await other.ear.resyncs_after(before[1])
        await one.bus.publish("after", 1)
        await other.ear.hears(("after", 1))


async def test_a_hint_given_while_the_server_was_down_is_given_later(valkey: ValkeyServer) -> None:
    async with node(valkey.url) as one, node(valkey.url) as other:
        valkey.kill()
        await one.bus.publish("while down", 1)
        await one.ear.hears(("while down", 1))
        valkey.start()
        before = other.ear.resyncs
        await other.ear.until(lambda: ("while down", 1) in other.ear.hints or other.ear.resyncs > before)


async def test_a_node_that_was_cut_off_looks_for_itself_once_it_is_back(valkey: ValkeyServer) -> None:
    async with cable(valkey) as way, node(valkey.url) as one, node(url_of(way.address)) as other:
        before = other.ear.resyncs
        await way.cut()
        await one.bus.publish("missed", 1)
        way.mend()
        await other.ear.resyncs_after(before)
        await one.bus.publish("heard", 1)
        await other.ear.hears(("heard", 1))


async def test_a_node_whose_link_has_gone_silent_notices_and_comes_back(valkey: ValkeyServer) -> None:
    async with cable(valkey) as way, node(valkey.url) as one, node(url_of(way.address)) as other:
        await other.bus.publish("first", 1)
        await one.ear.hears(("first", 1))
        before, others_before = other.ear.resyncs, one.ear.resyncs
        way.hush()
        await one.bus.publish("missed", 1)
        await one.ear.resyncs_after(others_before)
        way.mend()
        await other.ear.until(lambda: ("missed", 1) in other.ear.hints or other.ear.resyncs > before)
        before = other.ear.resyncs
        await one.bus.publish("heard", 1)
        await other.ear.until(lambda: ("heard", 1) in other.ear.hints or other.ear.resyncs > before)


async def test_giving_a_hint_takes_no_time_whatever_becomes_of_the_server(valkey: ValkeyServer) -> None:
    async with node(valkey.url) as one:
        valkey.freeze()
        began_at = asyncio.get_running_loop().time()
        for seq in range(1_000):
            await one.bus.publish("party", seq)
        assert asyncio.get_running_loop().time() - began_at < 1
        valkey.thaw()


async def test_what_there_is_no_room_for_is_counted_and_the_others_look_for_themselves(valkey: ValkeyServer) -> None:
    async with node(valkey.url) as one, node(valkey.url) as other:
        await one.bus.publish("first", 1)
        await other.ear.hears(("first", 1))
        before = other.ear.resyncs
        for number in range(10_500):
            await one.bus.publish(f"party {number}", 1)
        assert one.bus.dropped > 0
        await other.ear.resyncs_after(before)


async def test_a_node_that_dies_without_a_farewell_has_the_others_look_for_themselves(valkey: ValkeyServer) -> None:
    async with node(valkey.url) as one, cable(valkey) as way, node(url_of(way.address)) as dying:
        await dying.bus.publish("first", 1)
        await one.ear.hears(("first", 1))
        before = one.ear.resyncs
        await way.cut()
        await one.ear.resyncs_after(before)


async def test_a_node_that_goes_in_peace_disturbs_nobody(valkey: ValkeyServer) -> None:
    async with node(valkey.url) as one:
        async with node(valkey.url) as going:
            await going.bus.publish("last", 1)
        await one.ear.hears(("last", 1))
        before = one.ear.resyncs
        async with node(valkey.url) as next_one:
            await asyncio.sleep(0)
            await next_one.bus.publish("next", 1)
            await one.ear.hears(("next", 1))
        assert one.ear.resyncs == before


async def test_a_bus_opens_where_no_server_is_and_hears_once_one_comes(valkey: ValkeyServer) -> None:
    valkey.kill()
    async with node(valkey.url, reachable=False) as one:
        assert one.ear.resyncs == 0
        await one.bus.publish("own", 1)
        await one.ear.hears(("own", 1))
        valkey.start()
        await one.ear.resyncs_after(0)
        async with node(valkey.url) as other:
            await other.bus.publish("party", 1)
            await one.ear.hears(("party", 1))


async def test_a_node_goes_on_with_another_server_of_its_cluster(valkey: ValkeyServer) -> None:
    somebody = f"{HOST}:{valkey.port}"
    urls = [f"valkey+cluster://{hosts}" for hosts in (f"{HOST}:1,{somebody}", f"{somebody},{HOST}:1")]
    async with node(urls[0]) as one, node(urls[1]) as other:
        await one.bus.publish("party", 1)
        await other.ear.hears(("party", 1))


async def test_closing_leaves_no_task_behind_and_is_quick_without_a_server(valkey: ValkeyServer) -> None:
    before = asyncio.all_tasks()
    async with node(valkey.url):
        valkey.kill()
    await asyncio.sleep(0)  # broadcaster cancels its own task without waiting for it
    assert asyncio.all_tasks() - before == set()
