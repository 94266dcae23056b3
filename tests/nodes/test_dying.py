"""A node that dies between any two steps of a commit: whoever comes next ends or undoes it; nothing is doubled or lost."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chaos.valkey.server import ValkeyServer
from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import MemberJoined, MemberLeft
from lobby.entering import Entrance, Target
from lobby.ports import Retention
from lobby.service import Done, Lobby
from lobby.stores.valkey.opening import open_valkey
from lobby.stores.valkey.store import ValkeyStore
from tests.domain.scenes import player
from tests.nodes.node import Node, node
from tests.service.world import Hints, ManualClock, done, once
from tests.stores.valkey.servers import Mortal

STEPS_MAX = 30
PARTITIONS = 16


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit of a dead node is called off after a moment."""
    monkeypatch.setattr("lobby.stores.valkey.verdicts.OPEN_MS", 100)


@pytest.fixture
async def survivor(valkey: ValkeyServer, clock: ManualClock) -> AsyncIterator[Node]:
    async with node(valkey.url, clock, partitions=PARTITIONS) as survivor:
        yield survivor


class Doomed:
    """A node that dies after so many calls."""

    def __init__(self, store: ValkeyStore, lobby: Lobby, calls: int) -> None:
        self.store = store
        self.lobby = lobby
        self.entrance = Entrance(lobby)
        mortal = store.link._servers = Mortal(store.link._servers)
        mortal.calls_left = calls


async def doomed(url: str, survivor: Node, clock: ManualClock, calls: int) -> Doomed:
    store = await open_valkey(url, Bounds(), Retention(), clock, partitions=PARTITIONS)
    lobby = Lobby(store, Hints(), clock, survivor.lobby._passwords, Bounds())
    return Doomed(store, lobby, calls)


async def seats(node: Node, name: str, *party_ids: str) -> list[str]:
    """The parties that the player is in."""
    parties = [await node.store.party(party_id) for party_id in party_ids]
    return [party.id for party in parties if party is not None and party.member(name) is not None]


async def moves(node: Node, party_id: str, name: str) -> list[type]:
    entries = await node.store.entries(party_id, 0, 1000)
    events = [entry.event for entry in entries]
    return [type(e) for e in events if isinstance(e, MemberJoined | MemberLeft) and e.player.id == name]


async def test_a_move_between_two_parties_happens_once_wherever_its_node_dies(
    valkey: ValkeyServer, survivor: Node, clock: ManualClock
) -> None:
    for calls in range(STEPS_MAX):
        name = f"bob{calls}"
        old, new = await survivor.create(f"ann{calls}"), await survivor.create(f"cat{calls}")
        await survivor.join(name, old)
        dying = await doomed(valkey.url, survivor, clock, calls)
        moving = Target(new.id), c.JoinParty(player(name)), True, once()
        outcome = await dying.entrance.join(*moving)
        await dying.store.close()
        assert len(await seats(survivor, name, old.id, new.id)) == 1
        again = done(await survivor.entrance.join(*moving))
        assert again.party.member(name) is not None
        assert await seats(survivor, name, old.id, new.id) == [new.id]
        assert await survivor.store.seat_of(name) == new.id
        assert await moves(survivor, old.id, name) == [MemberJoined, MemberLeft]
        assert await moves(survivor, new.id, name) == [MemberJoined]
        if isinstance(outcome, Done):
            assert again.replayed
            return
    raise AssertionError("it takes more steps than that")


async def test_a_new_party_happens_once_wherever_its_node_dies(
    valkey: ValkeyServer, survivor: Node, clock: ManualClock
) -> None:
    for calls in range(STEPS_MAX):
        name = f"ann{calls}"
        dying = await doomed(valkey.url, survivor, clock, calls)
        creating = c.CreateParty(player(name), c.SettingsPatch())
        outcome = await dying.entrance.create(creating, once=once())
        await dying.store.close()
        again = done(await survivor.entrance.create(creating, once=once()))
        assert await survivor.store.seat_of(name) == again.party.id
        assert await survivor.store.party_of_code(again.party.join_code) == again.party.id
        if isinstance(outcome, Done):
            assert again.party.id == outcome.party.id
            return
    raise AssertionError("it takes more steps than that")


async def test_who_left_is_free_wherever_the_node_died(
    valkey: ValkeyServer, survivor: Node, clock: ManualClock
) -> None:
    for calls in range(STEPS_MAX):
        name = f"bob{calls}"
        party = await survivor.create(f"ann{calls}")
        await survivor.join(name, party)
        dying = await doomed(valkey.url, survivor, clock, calls)
        leaving = party.id, c.LeaveParty(player(name)), once()
        outcome = await dying.lobby.execute(*leaving)
        await dying.store.close()
        done(await survivor.lobby.execute(*leaving))
        assert await moves(survivor, party.id, name) == [MemberJoined, MemberLeft]
        assert await survivor.store.seat_of(name) is None
        await survivor.create(name)
        if isinstance(outcome, Done):
            return
    raise AssertionError("it takes more steps than that")
