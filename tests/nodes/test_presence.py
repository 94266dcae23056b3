"""Who is there, over several nodes and when one of them dies."""

from __future__ import annotations

from chaos.valkey.server import ValkeyServer
from tests.nodes.node import Node, leases_end, node, presence_settles
from tests.service.world import ManualClock

WAITING_S = 30


async def test_a_player_on_two_nodes_is_there_while_either_holds(here: Node, there: Node) -> None:
    party = await here.create("ann")
    await here.join("bob", party)
    with there.presence.stream("bob", party.id):
        with here.presence.stream("bob", party.id):
            await there.comes_to(party, "bob", True)
            await presence_settles()
        await presence_settles()
        member = await here.member(party, "bob")
        assert member is not None
        assert member.remove_at is None
    await here.comes_to(party, "bob", False)


async def test_a_stream_on_another_node_brings_a_player_back(here: Node, there: Node) -> None:
    party = await here.create("ann")
    with here.presence.stream("ann", party.id):
        await here.comes_to(party, "ann", True)
    await there.comes_to(party, "ann", False)
    with there.presence.stream("ann", party.id):
        await here.comes_to(party, "ann", True)


async def test_a_request_to_another_node_counts_for_the_whole_grace(
    here: Node, there: Node, clock: ManualClock
) -> None:
    party = await here.create("ann")
    here.presence.seen("ann")
    await presence_settles()
    clock.passes(WAITING_S - 1)
    there.presence.seen("ann")
    await presence_settles()
    clock.passes(WAITING_S - 1)
    await presence_settles()
    member = await here.member(party, "ann")
    assert member is not None
    assert member.remove_at is None
    clock.passes(1)
    await here.comes_to(party, "ann", False)


async def test_requests_to_any_node_do_not_outlast_the_end_of_the_last_stream(here: Node, there: Node) -> None:
    party = await here.create("ann")
    there.presence.seen("ann")
    await presence_settles()
    with here.presence.stream("ann", party.id):
        await presence_settles()
    await here.comes_to(party, "ann", False)


async def test_the_players_of_a_node_that_died_are_gone_after_its_lease(
    here: Node, there: Node, clock: ManualClock
) -> None:
    party = await here.create("ann")
    await here.join("bob", party)
    with here.presence.stream("ann", party.id):
        there.streams.enter_context(there.presence.stream("bob", party.id))
        await presence_settles()
        await there.dies()
        clock.passes(WAITING_S)
        gone = await here.comes_to(party, "bob", False)
        assert gone.remove_at == clock.now() + WAITING_S * 1000
        ann = await here.member(party, "ann")
        assert ann is not None
        assert ann.remove_at is None


async def test_who_has_come_back_elsewhere_by_then_is_not_gone(here: Node, there: Node) -> None:
    party = await here.create("ann")
    there.streams.enter_context(there.presence.stream("ann", party.id))
    await presence_settles()
    await there.dies()
    with here.presence.stream("ann", party.id):
        await leases_end()
        party_now = await here.store.party(party.id)
        assert party_now is not None
        assert party_now.version == party.version


async def test_after_a_break_of_all_nodes_everyone_counts_as_seen_at_start_up(
    valkey: ValkeyServer, here: Node, clock: ManualClock, partitions: int
) -> None:
    party = await here.create("ann")
    here.streams.enter_context(here.presence.stream("ann", party.id))
    await presence_settles()
    await here.dies()
    clock.passes(3600)
    await leases_end()
    async with node(valkey.url, clock, partitions=partitions) as after:
        assert after.presence.up_since() == clock.now()
        clock.passes(WAITING_S - 1)
        await leases_end()
        ann = await after.member(party, "ann")
        assert ann is not None
        assert ann.remove_at is None
        clock.passes(1)
        await after.comes_to(party, "ann", False)


async def test_nothing_is_kept_of_who_is_no_longer_there(here: Node, valkey: ValkeyServer, clock: ManualClock) -> None:
    here.presence.seen("eve")
    await presence_settles()
    partition = here.store.link.partitions.of("eve")
    assert await here.store.link.ask(partition, "HLEN", "hold:eve") == 1
    clock.passes(WAITING_S)
    await presence_settles()
    assert await here.store.link.ask(partition, "HLEN", "hold:eve") == 0
