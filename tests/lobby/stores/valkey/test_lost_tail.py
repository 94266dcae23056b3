"""A server that has lost its latest commits, such as after a failover: nobody continues on them, or reads them again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from lobby.domain.commands import JoinParty, PostMessage
from lobby.domain.model import Party
from lobby.domain.party_settings import SettingsPatch
from lobby.ports import LogTrimmed, PartyQuery, Retention
from lobby.stores.valkey.opening import open_valkey
from lobby.stores.valkey.store import ValkeyStore
from tests.lobby.stores.changes import ANA, AT, BEN, BOUNDS, CAT, DAN, create, do, player
from tests.manual_clock import ManualClock
from tests.needs import needs
from tools.chaos.valkey.server import ValkeyServer

LATER = AT + 5_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyServer]:
    needs("valkey")
    server = ValkeyServer(tmp_path / "valkey")
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def nodes(server: ValkeyServer) -> AsyncIterator[tuple[ValkeyStore, ValkeyStore]]:
    nodes = [await open_valkey(server.url, BOUNDS, Retention(), ManualClock()) for _ in range(2)]
    yield nodes[0], nodes[1]
    for node in nodes:
        await node.close()


async def tell(store: ValkeyStore, *command: str | int | bytes) -> Any:
    return await store.client._servers.call(0, command)


async def save(store: ValkeyStore) -> dict[bytes, bytes]:
    return {key: await tell(store, "DUMP", key) for key in await tell(store, "KEYS", "*")}


async def go_back(store: ValkeyStore, saved: dict[bytes, bytes]) -> None:
    await tell(store, "FLUSHALL")
    for key, value in saved.items():
        await tell(store, "RESTORE", key, 0, value, "REPLACE")  # a node may have written it again


async def lose_two_entries(node: ValkeyStore) -> tuple[Party, Party]:
    """A party before and after the entries that the server has lost. The node has seen them."""
    await create(node)
    kept = await do(node, "p1", PostMessage(ANA, "kept"))
    saved = await save(node)
    lost = await do(node, "p1", JoinParty(BEN), PostMessage(BEN, "lost"))
    await go_back(node, saved)
    return kept, lost


@pytest.mark.parametrize("messages", [0, 1, 2, 3, 5])
async def test_a_reader_of_lost_entries_learns_that_they_are_lost(
    nodes: tuple[ValkeyStore, ValkeyStore], messages: int
) -> None:
    kept, lost = await lose_two_entries(nodes[0])
    if messages:
        await do(nodes[1], "p1", *(PostMessage(ANA, f"new {count}") for count in range(messages)), at=LATER)
    for node in nodes:
        with pytest.raises(LogTrimmed):
            await node.entries("p1", lost.version, 10, lost)
        found = await node.entries("p1", kept.version, 10, kept)
        assert [entry.at for entry in found] == [LATER] * messages


async def test_a_node_does_not_answer_from_its_cache_of_lost_entries(nodes: tuple[ValkeyStore, ValkeyStore]) -> None:
    kept, lost = await lose_two_entries(nodes[0])
    await do(nodes[1], "p1", JoinParty(CAT), PostMessage(CAT, "new"), at=LATER)
    await nodes[0].party("p1")
    newest = await do(nodes[0], "p1", JoinParty(DAN), at=LATER)
    assert newest.version == lost.version + 1
    for node in nodes:
        entries = await node.entries("p1", 0, newest.version)
        assert [entry.seq for entry in entries] == list(range(1, newest.version + 1))
        assert [entry.at for entry in entries[kept.version :]] == [LATER] * 3
        assert entries[-1].party == newest
        at_lost = await node.party_at("p1", lost.version)
        assert at_lost is not None
        assert at_lost.member("ben") is None


@pytest.mark.parametrize("changes", [0, 1, 2, 3, 4])
async def test_the_public_list_shows_no_lost_party(nodes: tuple[ValkeyStore, ValkeyStore], changes: int) -> None:
    await create(nodes[0], ANA, "kept")
    saved = await save(nodes[0])
    await create(nodes[0], BEN, "lost", patch=SettingsPatch(name="lost"))
    await create(nodes[0], CAT, "lost too", patch=SettingsPatch(name="lost"))
    for node in nodes:
        assert (await node.parties(PartyQuery())).total == 3
    await go_back(nodes[0], saved)
    for count in range(changes):
        await create(nodes[1], None, f"new{count}")
        await do(nodes[1], f"new{count}", JoinParty(player(f"d{count}")))
    for node in nodes:
        page = await node.parties(PartyQuery(first=100))
        assert {party.id for party in page.items} == {"kept", *(f"new{count}" for count in range(changes))}
        assert page.total == 1 + changes
