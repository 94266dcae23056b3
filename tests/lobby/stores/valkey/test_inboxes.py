"""Inboxes in other partitions than the party: entries arrive once and in order, from any node."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest

from lobby.domain.commands import JoinParty, KickMember, LeaveParty, PostMessage
from lobby.domain.inbox import Inbox, MembershipChanged
from lobby.domain.values import LeaveReason
from lobby.ports import LogTrimmed, Retention, Unavailable
from lobby.stores.valkey.inboxes import ValkeyInboxes
from lobby.stores.valkey.opening import open_valkey
from lobby.stores.valkey.scripts import EMPTY_OUTBOX, POST_TO_INBOX
from lobby.stores.valkey.store import ValkeyStore
from tests.lobby.stores.changes import ANA, AT, BOUNDS, create, do, player
from tests.lobby.stores.valkey.servers import LosingReplies
from tests.lobby.stores.valkey.test_lost_tail import go_back, save
from tests.manual_clock import ManualClock
from tools.chaos.valkey.server import ValkeyServer

GUESTS = [player(f"guest{number}") for number in range(7)]
"""In several partitions."""
IN, OUT = MembershipChanged("p1"), MembershipChanged("p1", LeaveReason.KICKED)


@pytest.fixture
async def nodes(valkey: ValkeyServer) -> AsyncIterator[tuple[ValkeyStore, ValkeyStore]]:
    nodes = [await open_valkey(valkey.url, BOUNDS, Retention(), ManualClock(), partitions=16) for _ in range(2)]
    yield nodes[0], nodes[1]
    for node in nodes:
        await node.close()


async def deliver_nothing(partition: int, player_ids: Iterable[str]) -> None:
    """As if the node had died right after its commit."""


async def all_events(store: ValkeyStore) -> list[object]:
    return [[entry.event for entry in await store.inbox_entries(Inbox(guest.id), 100)] for guest in GUESTS]


async def test_entries_of_a_node_that_died_are_delivered_by_another_one(
    nodes: tuple[ValkeyStore, ValkeyStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, other = nodes
    heard: list[str] = []
    other.inbox_listeners.append(lambda player_id, at: heard.append(player_id))
    monkeypatch.setattr(dead.inboxes, "deliver", deliver_nothing)
    await create(dead)
    await do(dead, "p1", *(JoinParty(guest) for guest in GUESTS))
    assert [] in await all_events(other), "they lie in several partitions"
    await other.inboxes.deliver_all()
    assert await all_events(other) == [[IN]] * 7
    assert heard
    await other.inboxes.deliver_all()
    assert await all_events(other) == [[IN]] * 7


async def test_the_loop_of_another_node_delivers(
    nodes: tuple[ValkeyStore, ValkeyStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lobby.stores.valkey.inboxes.REDELIVERY_AFTER_MS", -1_000)
    monkeypatch.setattr(nodes[0].inboxes, "deliver", deliver_nothing)
    await create(nodes[0])
    await do(nodes[0], "p1", *(JoinParty(guest) for guest in GUESTS))
    await nodes[1].inboxes._deliver_again()
    assert await all_events(nodes[1]) == [[IN]] * 7


async def test_later_entries_of_another_node_do_not_overtake(
    nodes: tuple[ValkeyStore, ValkeyStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = nodes
    await create(slow)
    with monkeypatch.context() as patch:
        patch.setattr(slow.inboxes, "deliver", deliver_nothing)
        await do(slow, "p1", *(JoinParty(guest) for guest in GUESTS))
    await quick.party("p1")
    await do(quick, "p1", *(KickMember(ANA, guest.id) for guest in GUESTS))
    assert await all_events(quick) == [[IN, OUT]] * 7
    await slow.inboxes.deliver_all()
    assert await all_events(quick) == [[IN, OUT]] * 7


@pytest.mark.parametrize("script", [POST_TO_INBOX, EMPTY_OUTBOX], ids=lambda script: script.name)
async def test_a_delivery_whose_reply_is_lost_shows_each_entry_once(
    nodes: tuple[ValkeyStore, ValkeyStore], monkeypatch: pytest.MonkeyPatch, script: object
) -> None:
    store = nodes[0]
    losing = store.client._servers = LosingReplies(store.client._servers)
    losing.script, losing.count = (POST_TO_INBOX if script is POST_TO_INBOX else EMPTY_OUTBOX).sha, 3
    await create(store)
    await do(store, "p1", *(JoinParty(guest) for guest in GUESTS))
    assert losing.count == 0
    await store.inboxes.deliver_all()
    assert await all_events(store) == [[IN]] * 7


async def test_two_nodes_that_deliver_at_once_show_each_entry_once(
    nodes: tuple[ValkeyStore, ValkeyStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(nodes[0].inboxes, "deliver", deliver_nothing)
        await create(nodes[0])
        await do(nodes[0], "p1", *(JoinParty(guest) for guest in GUESTS))
    await asyncio.gather(*(node.inboxes.deliver_all() for node in nodes * 3))
    assert await all_events(nodes[0]) == [[IN]] * 7


async def test_a_failed_delivery_does_not_fail_the_commit(
    nodes: tuple[ValkeyStore, ValkeyStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(self: ValkeyInboxes, player_id: str, posts: object) -> None:
        raise Unavailable("the partition of the player is away")

    await create(nodes[0])
    with monkeypatch.context() as patch:
        patch.setattr(ValkeyInboxes, "_write", fail)
        joined = await do(nodes[0], "p1", *(JoinParty(guest) for guest in GUESTS))
    assert joined == await nodes[1].party("p1")
    await nodes[1].inboxes.deliver_all()
    assert await all_events(nodes[1]) == [[IN]] * 7


async def test_a_reader_of_lost_entries_of_an_inbox_learns_that_they_are_lost(valkey: ValkeyServer) -> None:
    store = await open_valkey(valkey.url, BOUNDS, Retention(), ManualClock())
    await create(store)
    kept = await store.inbox("ana")
    saved = await save(store)
    await do(store, "p1", PostMessage(ANA, "hello"), LeaveParty(ANA))
    lost = await store.inbox("ana")
    assert lost.version == kept.version + 1
    await go_back(store, saved)
    with pytest.raises(LogTrimmed):
        await store.inbox_entries(lost, 10)
    other = await open_valkey(valkey.url, BOUNDS, Retention(), ManualClock())
    await do(other, "p1", LeaveParty(ANA), at=AT + 5)
    with pytest.raises(LogTrimmed):
        await store.inbox_entries(lost, 10)
    assert [entry.seq for entry in await store.inbox_entries(kept, 10)] == [lost.version]
    await other.close()
    await store.close()
