"""An erased player does not come back into the servers with what was on its way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import pytest

from lobby.domain.commands import InvitePlayer, JoinParty, LeaveParty
from lobby.domain.inbox import Announced, Inbox, InboxPost
from lobby.domain.values import PlayerId
from lobby.ports import PresenceLease, Retention
from lobby.stores.valkey.opening import open_valkey
from lobby.stores.valkey.store import ValkeyStore
from tests.lobby.stores.changes import ANA, AT, BEN, BOUNDS, CAT, DAN, create, do
from tests.manual_clock import ManualClock
from tools.chaos.valkey.server import ValkeyServer


@pytest.fixture(params=[1, 16])
async def store(request: pytest.FixtureRequest, valkey: ValkeyServer) -> AsyncIterator[ValkeyStore]:
    store = await open_valkey(valkey.url, BOUNDS, Retention(), ManualClock(), partitions=request.param)
    yield store
    await store.close()


async def test_a_late_post_brings_no_inbox_back(store: ValkeyStore) -> None:
    await store.post_to_inboxes([InboxPost(BEN.id, AT, Announced("hello"), "first")])
    await store.erase_player(BEN.id, "someone")
    for each in (BEN, CAT):
        await store.post_to_inboxes([InboxPost(each.id, AT, Announced("hello"), "late")])
    assert await store.player_data(BEN.id) == {}
    assert await store.inbox(BEN.id) == Inbox(BEN.id)
    assert (await store.inbox(CAT.id)).version == 1


async def test_a_late_commit_brings_no_inbox_back(store: ValkeyStore) -> None:
    await create(store, ANA, "p1")
    await store.erase_player(BEN.id, "someone")
    await do(store, "p1", InvitePlayer(ANA, CAT))
    assert (await store.inbox(CAT.id)).version == 1
    await do(store, "p1", JoinParty(BEN), LeaveParty(BEN))
    assert await store.inbox(BEN.id) == Inbox(BEN.id)


async def test_posts_that_were_not_delivered_lose_the_name_too(
    store: ValkeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stop(partition: int, player_ids: Iterable[PlayerId]) -> None:
        """The node dies before it delivers."""

    monkeypatch.setattr(store.inboxes, "deliver", stop)
    await create(store, BEN, "p1")
    for guest in (ANA, CAT, DAN):
        await do(store, "p1", InvitePlayer(BEN, guest))
    await do(store, "p1", JoinParty(ANA), LeaveParty(BEN))
    await store.erase_player(BEN.id, "someone")
    for guest in (CAT, DAN):
        entries = await store.inbox_entries(Inbox(guest.id), 10)
        assert entries
        assert BEN.display_name not in repr(entries)
    assert await store.player_data(BEN.id) == {}


async def test_the_presence_of_an_erased_player_is_not_published_again(store: ValkeyStore) -> None:
    presence = store.cluster_presence
    await presence.heartbeat()
    await presence.publish(BEN.id, PresenceLease(frozenset({"p1"}), AT))
    await store.erase_player(BEN.id, "someone")
    assert await store.player_data(BEN.id) == {}
    await presence.publish(BEN.id, None, last_stream_ended=True)
    assert await store.player_data(BEN.id) == {}
