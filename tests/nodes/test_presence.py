"""Presence over several nodes, also when one of them dies."""

from __future__ import annotations

import time
from functools import partial

import pytest

from lobby.domain.bounds import Bounds
from lobby.ports import PresenceLease, Retention, Unavailable
from lobby.runtime.clock import SystemClock
from lobby.stores.valkey.client import ServerTime
from lobby.stores.valkey.opening import open_valkey
from tests.manual_clock import ManualClock
from tests.nodes.node import Node, node, wait_for_presence
from tests.waiting import wait_until
from tools.chaos.valkey.server import ValkeyServer

WAITING_S = 30
SHORT_LEASE_S = 2.0


async def test_a_player_on_two_nodes_is_connected_while_either_has_a_stream(here: Node, there: Node) -> None:
    party = await here.create("ann")
    await here.join("bob", party)
    with there.presence.open_stream("bob", party.id):
        with here.presence.open_stream("bob", party.id):
            await there.wait_for_member(party, "bob", True)
            await wait_for_presence(here, there)
        await wait_for_presence(here, there)
        member = await here.member(party, "bob")
        assert member is not None
        assert member.remove_at is None
    await here.wait_for_member(party, "bob", False)


async def test_a_stream_on_another_node_reconnects_a_player(here: Node, there: Node) -> None:
    party = await here.create("ann")
    with here.presence.open_stream("ann", party.id):
        await here.wait_for_member(party, "ann", True)
    await there.wait_for_member(party, "ann", False)
    with there.presence.open_stream("ann", party.id):
        await here.wait_for_member(party, "ann", True)


async def test_a_request_to_another_node_counts_for_the_grace_period(
    here: Node, there: Node, clock: ManualClock
) -> None:
    party = await here.create("ann")
    here.presence.record_request("ann")
    await wait_for_presence(here, there)
    clock.advance(WAITING_S - 1)
    there.presence.record_request("ann")
    await wait_for_presence(here, there)
    clock.advance(WAITING_S - 1)
    await wait_for_presence(here, there)
    member = await here.member(party, "ann")
    assert member is not None
    assert member.remove_at is None
    clock.advance(1)
    await here.wait_for_member(party, "ann", False)


async def test_earlier_requests_to_any_node_do_not_count_after_the_last_stream(here: Node, there: Node) -> None:
    party = await here.create("ann")
    there.presence.record_request("ann")
    await wait_for_presence(here, there)
    with here.presence.open_stream("ann", party.id):
        await wait_for_presence(here, there)
    await here.wait_for_member(party, "ann", False)


async def test_players_of_a_dead_node_disconnect_after_its_lease(here: Node, there: Node, clock: ManualClock) -> None:
    party = await here.create("ann")
    await here.join("bob", party)
    with here.presence.open_stream("ann", party.id):
        there.streams.enter_context(there.presence.open_stream("bob", party.id))
        await wait_for_presence(here, there)
        await there.crash()
        clock.advance(WAITING_S)
        gone = await here.wait_for_member(party, "bob", False)
        assert gone.remove_at == clock.now() + WAITING_S * 1000
        ann = await here.member(party, "ann")
        assert ann is not None
        assert ann.remove_at is None


async def test_players_of_a_dead_node_who_reconnected_elsewhere_stay(here: Node, there: Node) -> None:
    party = await here.create("ann")
    there.streams.enter_context(there.presence.open_stream("ann", party.id))
    await wait_for_presence(here, there)
    await there.crash()
    with here.presence.open_stream("ann", party.id):
        await here.wait_for_take_over()
        party_now = await here.store.party(party.id)
        assert party_now is not None
        assert party_now.version == party.version


async def test_after_an_outage_of_all_nodes_players_count_as_seen_at_the_start(
    valkey: ValkeyServer, here: Node, clock: ManualClock, partitions: int
) -> None:
    party = await here.create("ann")
    here.streams.enter_context(here.presence.open_stream("ann", party.id))
    await wait_for_presence(here)
    await here.crash()
    clock.advance(3600)
    async with node(valkey.url, clock, partitions=partitions) as after:
        assert after.presence.up_since() == clock.now()
        clock.advance(WAITING_S - 1)
        await after.wait_for_take_over()
        ann = await after.member(party, "ann")
        assert ann is not None
        assert ann.remove_at is None
        clock.advance(1)
        await after.wait_for_member(party, "ann", False)


async def test_the_lease_of_a_dead_node_ends_although_the_valkeys_clock_was_set_back(
    valkey: ValkeyServer, clock: ManualClock, partitions: int
) -> None:
    """Without a correction the lease would live longer by the length of the step."""
    async with (
        node(valkey.url, clock, partitions=partitions, lease_s=SHORT_LEASE_S) as here,
        node(valkey.url, clock, partitions=partitions, lease_s=SHORT_LEASE_S) as there,
    ):
        party = await here.create("ann")
        await here.join("bob", party)
        there.streams.enter_context(there.presence.open_stream("bob", party.id))
        with here.presence.open_stream("ann", party.id):
            await wait_for_presence(here, there)
            await there.stop_without_leaving()
            client = here.store.client
            for node_id in await client.call(0, "ZRANGE", "nodes", 0, -1):
                await client.call(0, "ZADD", "nodes", client.server_time.now() + 3_600_000, node_id)
                await client.call(0, "HSET", "nodes-since", node_id, client.server_time.now() + 3_600_000)
            clock.advance(WAITING_S)
            await here.wait_for_member(party, "bob", False)


def wall_ns(ahead_s: int) -> int:
    return time.time_ns() + ahead_s * 10**9


async def test_nodes_of_machines_with_wrong_clocks_have_the_time_of_the_valkey(valkey: ValkeyServer) -> None:
    clocks = [SystemClock(partial(wall_ns, ahead_s)) for ahead_s in (3600, -3600, 0)]
    for clock in clocks:
        store = await open_valkey(valkey.url, Bounds(), Retention(), clock)
        await store.cluster_presence.heartbeat()
        await store.close()
    times = [clock.now() for clock in clocks]
    assert max(times) - min(times) < 1_000
    assert abs(times[0] - time.time() * 1000) < 5_000


def test_the_time_of_the_servers_is_read_as_exactly_as_a_call_is_quick() -> None:
    times = ServerTime()
    now_s = time.monotonic()
    times.adjust(1_000_000, now_s)
    assert abs(times.now() - 1_000_000) < 500
    times.adjust(times.now() - 4_000, now_s - 10)  # within the error of a call of ten seconds
    assert abs(times.now() - 1_000_000) < 1_000
    times.adjust(2_000_000, time.monotonic() - 10)  # a machine that was paused, and whose calls are slow
    assert abs(times.now() - 2_005_000) < 500


async def test_a_node_that_stood_still_has_its_lease_again_with_its_second_heartbeat(
    here: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The monotonic clock of a paused machine stands still, so that its calls seem to have begun long ago."""
    server_time = here.store.client.server_time
    monkeypatch.setattr(server_time, "_ahead_s", server_time._ahead_s - 600)
    with pytest.raises(Unavailable):
        await here.store.cluster_presence.heartbeat()
    assert abs(server_time.now() - time.time() * 1000) < 5_000
    await here.store.cluster_presence.heartbeat()
    await here.store.cluster_presence.publish("ann", PresenceLease(frozenset({"p1"})))


async def test_a_new_node_goes_on_from_the_time_of_the_nodes_before_it(valkey: ValkeyServer) -> None:
    """The clock of the Valkey was set back while all nodes were down."""
    before, after = ManualClock(), ManualClock()
    before.advance(3600)
    async with node(valkey.url, before):
        pass
    async with node(valkey.url, after):
        assert after.now() == before.now()


async def test_the_store_keeps_nothing_about_absent_players(
    here: Node, valkey: ValkeyServer, clock: ManualClock
) -> None:
    here.presence.record_request("eve")
    await wait_for_presence(here)
    partition = here.store.client.partitions.of("eve")
    assert await here.store.client.call(partition, "HLEN", "hold:eve") == 1
    clock.advance(WAITING_S)

    async def is_forgotten() -> bool:
        return not await here.store.client.call(partition, "HLEN", "hold:eve")

    await wait_until(is_forgotten)
