"""One node dies between two steps of a commit. The next node completes or undoes the commit, and nothing is doubled or lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from lobby.app.command_handler import CommandHandler
from lobby.app.idempotency import CommandResult
from lobby.app.join_service import JoinService, JoinTarget
from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import MemberJoined, MemberLeft
from lobby.domain.party_settings import SettingsPatch
from lobby.limits.attempt_limiter import AttemptLimiters
from lobby.limits.rate_limiter import PlayerLimiters
from lobby.ports import Retention
from lobby.stores.valkey.opening import open_valkey
from lobby.stores.valkey.store import ValkeyStore
from tests.lobby.app.world import Connections, Hints, a_key, done
from tests.lobby.domain.scenes import player
from tests.lobby.stores.valkey.servers import DyingNode
from tests.manual_clock import ManualClock
from tests.nodes.node import Node, node
from tests.waiting import wait_until
from tools.chaos.valkey.server import ValkeyServer

STEPS_MAX = 30
PARTITIONS = 16


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit of a dead node is undone after a short time."""
    monkeypatch.setattr("lobby.stores.valkey.multi_party_commit.OPEN_MS", 100)


@pytest.fixture
async def survivor(valkey: ValkeyServer, clock: ManualClock) -> AsyncIterator[Node]:
    async with node(valkey.url, clock, partitions=PARTITIONS) as survivor:
        yield survivor


class DyingServices:
    """The services of one node, which dies after a number of calls."""

    def __init__(self, store: ValkeyStore, handler: CommandHandler, calls: int) -> None:
        self.store = store
        self.handler = handler
        self.join_service = JoinService(handler, Connections())
        mortal = store.client._servers = DyingNode(store.client._servers)
        mortal.calls_left = calls


async def start_dying_node(url: str, survivor: Node, clock: ManualClock, calls: int) -> DyingServices:
    store = await open_valkey(url, Bounds(), Retention(), clock, partitions=PARTITIONS)
    limiters = PlayerLimiters(None, AttemptLimiters.local())
    handler = CommandHandler(store, Hints(), clock, survivor.handler._passwords, Bounds(), limiters)
    return DyingServices(store, handler, calls)


async def seats(node: Node, name: str, *party_ids: str) -> list[str]:
    """The parties that the player is in."""
    parties = [await node.store.party(party_id) for party_id in party_ids]
    return [party.id for party in parties if party is not None and party.member(name) is not None]


async def listed_seats(node: Node, name: str) -> list[str]:
    """The parties with the player on the operators' list."""
    listed = await node.store.live_parties(None, 500)
    return [each.party.id for each in listed if each.party.member(name) is not None]


async def moves(node: Node, party_id: str, name: str) -> list[type]:
    entries = await node.store.entries(party_id, 0, 1000)
    events = [entry.event for entry in entries]
    return [type(e) for e in events if isinstance(e, MemberJoined | MemberLeft) and e.player.id == name]


async def test_a_move_happens_once_wherever_its_node_dies(
    valkey: ValkeyServer, survivor: Node, clock: ManualClock
) -> None:
    for calls in range(STEPS_MAX):
        name = f"bob{calls}"
        old, new = await survivor.create(f"ann{calls}"), await survivor.create(f"cat{calls}")
        await survivor.join(name, old)
        dying = await start_dying_node(valkey.url, survivor, clock, calls)
        moving = JoinTarget(new.id), c.JoinParty(player(name)), True, a_key()
        outcome = await dying.join_service.join(*moving)
        await dying.store.close()
        assert len(await listed_seats(survivor, name)) == 1, (
            "this is read first, since a look at one party finishes the move"
        )
        assert len(await seats(survivor, name, old.id, new.id)) == 1
        again = done(await survivor.join_service.join(*moving))
        assert again.party.member(name) is not None
        assert await seats(survivor, name, old.id, new.id) == [new.id]
        assert await survivor.store.party_of_player(name) == new.id
        assert await moves(survivor, old.id, name) == [MemberJoined, MemberLeft]
        assert await moves(survivor, new.id, name) == [MemberJoined]
        if isinstance(outcome, CommandResult):
            assert again.replayed
            return
    raise AssertionError("it takes more steps than that")


async def test_a_new_party_happens_once_wherever_its_node_dies(
    valkey: ValkeyServer, survivor: Node, clock: ManualClock
) -> None:
    for calls in range(STEPS_MAX):
        name = f"ann{calls}"
        dying = await start_dying_node(valkey.url, survivor, clock, calls)
        creating = c.CreateParty(player(name), SettingsPatch())
        outcome = await dying.join_service.create(creating, idempotency_key=a_key())
        await dying.store.close()
        again = done(await survivor.join_service.create(creating, idempotency_key=a_key()))
        assert await survivor.store.party_of_player(name) == again.party.id
        assert await survivor.store.party_of_code(again.party.join_code) == again.party.id
        if isinstance(outcome, CommandResult):
            assert again.party.id == outcome.party.id
            return
    raise AssertionError("it takes more steps than that")


async def test_a_player_who_left_can_join_wherever_the_node_died(
    valkey: ValkeyServer, survivor: Node, clock: ManualClock
) -> None:
    for calls in range(STEPS_MAX):
        name = f"bob{calls}"
        party = await survivor.create(f"ann{calls}")
        await survivor.join(name, party)
        dying = await start_dying_node(valkey.url, survivor, clock, calls)
        leaving = party.id, c.LeaveParty(player(name)), a_key()
        outcome = await dying.handler.execute(*leaving)
        await dying.store.close()
        done(await survivor.handler.execute(*leaving))
        assert await moves(survivor, party.id, name) == [MemberJoined, MemberLeft]
        assert await survivor.store.party_of_player(name) is None
        await survivor.create(name)
        if isinstance(outcome, CommandResult):
            return
    raise AssertionError("it takes more steps than that")


@pytest.mark.parametrize("off_s", [-20, 20])
async def test_nobody_waits_longer_for_a_dead_node_whose_clock_was_wrong(
    valkey: ValkeyServer, survivor: Node, clock: ManualClock, off_s: int
) -> None:
    """The server that decides measures the time, and compares no clocks."""
    for calls in range(2, 9):
        name = f"bob{calls}"
        old, new = await survivor.create(f"ann{calls}"), await survivor.create(f"cat{calls}")
        await survivor.join(name, old)
        dying = await start_dying_node(valkey.url, survivor, clock, calls)
        dying.store.client.server_time._ahead_s += off_s
        moving = JoinTarget(new.id), c.JoinParty(player(name)), True, a_key()
        await dying.join_service.join(*moving)
        await dying.store.close()
        async with asyncio.timeout(abs(off_s) / 2):
            done(await survivor.join_service.join(*moving))
        assert await seats(survivor, name, old.id, new.id) == [new.id]


async def test_the_name_of_a_dead_node_is_forgotten(valkey: ValkeyServer) -> None:
    """Hosts of containers have new names each time."""
    clock = ManualClock()
    async with node(valkey.url, clock) as one:
        async with node(valkey.url, clock) as other:
            await other.crash()

        async def is_forgotten() -> bool:
            return len(await one.store.client.call(0, "HGETALL", "places")) == 1

        await wait_until(is_forgotten)
