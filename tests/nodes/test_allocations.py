"""Nodes that look for endpoints of the same sessions: each session begins once, wherever its players are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chaos.valkey.server import ValkeyServer
from lobby.allocators.static_list import StaticList, read_list
from lobby.domain import commands as c
from lobby.domain.events import SessionStarted
from lobby.domain.model import Party
from lobby.domain.values import PartyState
from lobby.live.allocations import Allocations
from tests.domain.scenes import player
from tests.live.fleet import SERVER, Fleet
from tests.nodes.node import Node, node, until
from tests.service.world import ManualClock, done

ANN = player("ann")
HANDED_ON_S = 6
"""What one node has taken and nobody has moved comes to another after 5 s."""


@asynccontextmanager
async def two(valkey: ValkeyServer, clock: ManualClock, one: Fleet, other: Fleet) -> AsyncIterator[tuple[Node, Node]]:
    async with (
        node(valkey.url, clock, allocator=lambda *_: one) as here,
        node(valkey.url, clock, allocator=lambda *_: other) as there,
    ):
        yield here, there


async def starting(at: Node, name: str = "ann") -> Party:
    party = await at.create(name)
    await at.lobby.execute(party.id, c.UpdateParty(player(name), c.SettingsPatch(countdown_s=0)))
    return done(await at.lobby.execute(party.id, c.StartSession(player(name), f"run of {name}", force=True))).party


async def comes_to(at: Node, party: Party, state: PartyState) -> Party:
    async def holds() -> bool:
        now = await at.store.party(party.id)
        return now is not None and now.state is state

    await until(holds)
    now = await at.store.party(party.id)
    assert now is not None
    return now


async def test_a_session_that_two_nodes_find_a_place_for_begins_once(valkey: ValkeyServer, clock: ManualClock) -> None:
    elsewhere, fleets = Fleet(), (Fleet(), Fleet())
    for fleet in (elsewhere, *fleets):
        fleet.holds()
    async with two(valkey, clock, elsewhere, elsewhere) as nodes:
        party = await starting(nodes[0])
        looking = [Allocations(node.lobby, fleet) for node, fleet in zip(nodes, fleets, strict=True)]
        for allocations, fleet in zip(looking, fleets, strict=True):
            await allocations.open()
            allocations.begin(party)
            await fleet.until(lambda fleet=fleet: fleet.asked)  # type: ignore[misc]
        for fleet in fleets:
            fleet.goes_on()
        running = await comes_to(nodes[1], party, PartyState.IN_PROGRESS)
        done(await nodes[0].lobby.execute(party.id, c.CompleteSession(ANN, "run of ann")))
        await fleets[0].until(lambda: fleets[0].told)
        for allocations in looking:
            await allocations.close()
        log = await nodes[1].store.entries(party.id, 0, 100)
    assert running.session is not None
    assert running.session.endpoint == SERVER
    assert len([entry for entry in log if isinstance(entry.event, SessionStarted)]) == 1
    assert ([fleet.asked for fleet in fleets], fleets[1].told) == ([["run of ann"]] * 2, [])


async def test_what_a_node_was_looking_for_when_it_died_another_finds(valkey: ValkeyServer, clock: ManualClock) -> None:
    dying, living = Fleet(), Fleet()
    dying.holds()
    async with node(valkey.url, clock, allocator=lambda *_: dying) as here:
        party = await starting(here)
        await dying.until(lambda: dying.asked)
        async with node(valkey.url, clock, allocator=lambda *_: living) as there:
            await here.dies()
            clock.passes(HANDED_ON_S)
            assert (await comes_to(there, party, PartyState.IN_PROGRESS)).session is not None
    assert (dying.asked, living.asked, living.told) == (["run of ann"], ["run of ann"], [])


async def test_the_places_of_a_list_are_counted_over_all_nodes(valkey: ValkeyServer, clock: ManualClock) -> None:
    async def begun(name: str, at: Node) -> str | None:
        running = await comes_to(at, await starting(at, name), PartyState.IN_PROGRESS)
        return running.session.allocation if running.session is not None else None

    def listed(store: object, _: ManualClock) -> StaticList:
        return StaticList(read_list(["udp://one.example:1", "udp://two.example:2"]), store)  # type: ignore[arg-type]

    async with (
        node(valkey.url, clock, allocator=listed) as here,
        node(valkey.url, clock, allocator=listed) as there,
    ):
        places = [await begun("ann", here), await begun("bob", there)]
        third = await starting(here, "cid")
        clock.passes(30)
        await comes_to(there, third, PartyState.WAITING)
    assert sorted(map(str, places)) == ["udp://one.example:1", "udp://two.example:2"]


async def test_a_game_server_that_one_node_hears_of_is_there_for_all(valkey: ValkeyServer, clock: ManualClock) -> None:
    async with two(valkey, clock, Fleet(), Fleet()) as (here, there):
        with here.presence.stream("ann", (party := await starting(here)).id):
            await comes_to(here, party, PartyState.IN_PROGRESS)
            for _ in range(6):
                done(await here.lobby.execute(party.id, c.Heartbeat("run of ann")))
                clock.passes(50)
            assert (await comes_to(there, party, PartyState.IN_PROGRESS)).session is not None
            clock.passes(70)
            await comes_to(there, party, PartyState.WAITING)
