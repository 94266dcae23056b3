"""Nodes that allocate the same sessions: each session begins once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lobby.allocators.static_list import StaticList, parse_servers
from lobby.domain import commands as c
from lobby.domain.events import SessionStarted
from lobby.domain.model import Party
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.values import PartyState
from lobby.live.allocation import SessionAllocator
from tests.lobby.app.world import done
from tests.lobby.domain.scenes import player
from tests.lobby.live.fleet import SERVER, Fleet
from tests.manual_clock import ManualClock
from tests.nodes.node import Node, node
from tests.waiting import wait_until
from tools.chaos.valkey.server import ValkeyServer

ANN = player("ann")
HANDED_ON_S = 6
"""A due party that one node took, and did not change, goes to another node after 5 s."""


@asynccontextmanager
async def two(valkey: ValkeyServer, clock: ManualClock, one: Fleet, other: Fleet) -> AsyncIterator[tuple[Node, Node]]:
    async with (
        node(valkey.url, clock, allocator=lambda *_: one) as here,
        node(valkey.url, clock, allocator=lambda *_: other) as there,
    ):
        yield here, there


async def starting(at: Node, name: str = "ann") -> Party:
    party = await at.create(name)
    await at.handler.execute(party.id, c.UpdateParty(player(name), SettingsPatch(countdown_s=0)))
    return done(await at.handler.execute(party.id, c.StartSession(player(name), f"run of {name}", force=True))).party


async def wait_for_state(at: Node, party: Party, state: PartyState) -> Party:
    async def is_reached() -> bool:
        now = await at.store.party(party.id)
        return now is not None and now.state is state

    await wait_until(is_reached)
    now = await at.store.party(party.id)
    assert now is not None
    return now


async def test_a_session_that_two_nodes_allocate_begins_once(valkey: ValkeyServer, clock: ManualClock) -> None:
    elsewhere, fleets = Fleet(), (Fleet(), Fleet())
    for fleet in (elsewhere, *fleets):
        fleet.pause()
    async with two(valkey, clock, elsewhere, elsewhere) as nodes:
        party = await starting(nodes[0])
        looking = [SessionAllocator(node.handler, fleet) for node, fleet in zip(nodes, fleets, strict=True)]
        for allocations, fleet in zip(looking, fleets, strict=True):
            await allocations.open()
            allocations.begin(party)
            await fleet.until(lambda fleet=fleet: fleet.allocated)  # type: ignore[misc]
        for fleet in fleets:
            fleet.resume()
        running = await wait_for_state(nodes[1], party, PartyState.IN_PROGRESS)
        done(await nodes[0].handler.execute(party.id, c.CompleteSession(ANN, "run of ann")))
        await fleets[0].until(lambda: fleets[0].released)
        for allocations in looking:
            await allocations.close()
        log = await nodes[1].store.entries(party.id, 0, 100)
    assert running.session is not None
    assert running.session.endpoint == SERVER
    assert len([entry for entry in log if isinstance(entry.event, SessionStarted)]) == 1
    assert ([fleet.allocated for fleet in fleets], fleets[1].released) == ([["run of ann"]] * 2, [])


async def test_another_node_continues_the_allocation_of_a_dead_one(valkey: ValkeyServer, clock: ManualClock) -> None:
    dying, living = Fleet(), Fleet()
    dying.pause()
    async with node(valkey.url, clock, allocator=lambda *_: dying) as here:
        party = await starting(here)
        await dying.until(lambda: dying.allocated)
        async with node(valkey.url, clock, allocator=lambda *_: living) as there:
            await here.crash()
            clock.advance(HANDED_ON_S)
            assert (await wait_for_state(there, party, PartyState.IN_PROGRESS)).session is not None
    assert (dying.allocated, living.allocated, living.released) == (["run of ann"], ["run of ann"], [])


async def test_the_capacity_of_a_list_is_counted_over_all_nodes(valkey: ValkeyServer, clock: ManualClock) -> None:
    async def begun(name: str, at: Node) -> str | None:
        running = await wait_for_state(at, await starting(at, name), PartyState.IN_PROGRESS)
        return running.session.allocation if running.session is not None else None

    def listed(store: object, _: ManualClock) -> StaticList:
        return StaticList(parse_servers(["udp://one.example:1", "udp://two.example:2"]), store)  # type: ignore[arg-type]

    async with (
        node(valkey.url, clock, allocator=listed) as here,
        node(valkey.url, clock, allocator=listed) as there,
    ):
        in_use = [await begun("ann", here), await begun("bob", there)]
        third = await starting(here, "cid")
        clock.advance(30)
        await wait_for_state(there, third, PartyState.WAITING)
    assert sorted(map(str, in_use)) == ["udp://one.example:1", "udp://two.example:2"]


async def test_a_game_server_heartbeat_at_one_node_counts_for_all(valkey: ValkeyServer, clock: ManualClock) -> None:
    async with two(valkey, clock, Fleet(), Fleet()) as (here, there):
        with here.presence.open_stream("ann", (party := await starting(here)).id):
            await wait_for_state(here, party, PartyState.IN_PROGRESS)
            for _ in range(6):
                done(await here.handler.execute(party.id, c.Heartbeat("run of ann")))
                clock.advance(50)
            assert (await wait_for_state(there, party, PartyState.IN_PROGRESS)).session is not None
            clock.advance(70)
            await wait_for_state(there, party, PartyState.WAITING)
