"""Streams after the Valkey has lost its latest commits: everybody gets a snapshot, and nobody sees a lost member again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from lobby.app.moderation_view import ModerationView
from lobby.domain.bounds import Bounds
from lobby.domain.commands import PostMessage
from lobby.domain.cursor import Cursor
from lobby.domain.events import Entry
from lobby.domain.listing import PartyFilter
from lobby.domain.moderation import ModerationEntry, ModerationWrite, PlayerBan
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.limits.count_limiter import StreamLimiter
from lobby.live.follower import Follower
from lobby.live.frames import Snapshot
from lobby.live.hub import FollowLimits, Hub, NotFollowable
from lobby.live.lobby_feed import LobbyChange, LobbyFeed
from lobby.live.moderation_watch import ModerationWatch
from lobby.ports import PartyQuery
from lobby.runtime.turns import Turns
from tests.lobby.app.world import Hints
from tests.lobby.domain.scenes import player
from tests.lobby.live.live_lobby import frame
from tests.lobby.stores.valkey.test_lost_tail import go_back, save
from tests.manual_clock import ManualClock
from tests.nodes.node import Node, node
from tests.waiting import wait_until
from tools.chaos.valkey.server import ValkeyServer

PARTITIONS = 16


@asynccontextmanager
async def hub_of(node: Node, clock: ManualClock) -> AsyncIterator[Hub]:
    limits = FollowLimits(poll_s=0.1)
    hub = Hub(node.store, clock, node.presence, Bounds(), limits, StreamLimiter(10))
    yield hub
    await hub.drain(1)


@pytest.mark.parametrize("joiners", [0, 1, 2, 3])
async def test_a_live_stream_continues_with_a_snapshot(valkey: ValkeyServer, joiners: int) -> None:
    clock = ManualClock()
    async with node(valkey.url, clock) as one, node(valkey.url, clock) as other, hub_of(one, clock) as hub:
        party = await one.create("ann")
        saved = await save(one.store)
        async with aclosing(hub.follow(party.id, "ann", None)) as stream:
            assert isinstance(await frame(stream), Snapshot)
            phantom = (await one.join("bob", party)).party
            while (await frame(stream)).party.version < phantom.version:
                pass
            clock.advance(5)
            await go_back(one.store, saved)
            for count in range(joiners):
                await other.join(f"new{count}", party)
            first = await frame(stream)
            assert isinstance(first, Snapshot)
            assert first.party.member("bob") is None
            newest = (await other.join("last", party)).party
            seen = first.party
            while seen.version < newest.version:
                following = await frame(stream)
                assert isinstance(following, Entry)
                assert following.seq == seen.version + 1
                seen = following.party
            assert seen == newest


async def test_a_stream_ahead_of_its_tail_continues_with_a_snapshot(valkey: ValkeyServer) -> None:
    """The tail has not read the lost entry, so only the stream can notice."""
    clock = ManualClock()
    async with node(valkey.url, clock) as one, node(valkey.url, clock) as other:
        hub = Hub(one.store, clock, one.presence, Bounds(), FollowLimits(poll_s=60), StreamLimiter(10))
        party = await one.create("ann")
        saved = await save(one.store)
        async with aclosing(hub.follow(party.id, "ann", None)) as first:
            assert isinstance(await frame(first), Snapshot)
            lost = (await other.join("bob", party)).party
            async with aclosing(hub.follow(party.id, "ann", None)) as ahead:
                assert (await frame(ahead)).party == lost
                clock.advance(5)
                await go_back(one.store, saved)
                for name in ("cat", "dan"):
                    newest = (await other.join(name, party)).party
                hub.hint(party.id, newest.version)
                assert [(await frame(first)).party.version for _ in range(2)] == [lost.version, newest.version]
                following = await frame(ahead)
                assert isinstance(following, Snapshot)
                assert following.party == newest
        await hub.drain(1)


@pytest.mark.parametrize("other_clock_s", [0, 25, -25])
@pytest.mark.parametrize("joiners", [1, 2, 3])
async def test_a_cursor_of_a_lost_entry_leads_to_a_snapshot(
    valkey: ValkeyServer, joiners: int, other_clock_s: int
) -> None:
    """The entry that took its place may have an earlier time, if the clock of its node is behind."""
    clock = ManualClock()
    other_clock = ManualClock(clock.now() + other_clock_s * 1000)
    async with node(valkey.url, clock) as one, node(valkey.url, other_clock) as other, hub_of(one, clock) as hub:
        party = await one.create("ann")
        saved = await save(one.store)
        lost = (await one.join("bob", party)).party
        clock.advance(5)
        other_clock.advance(5)
        await go_back(one.store, saved)
        for count in range(joiners):
            newest = (await other.join(f"new{count}", party)).party
        async with aclosing(hub.follow(party.id, "ann", str(Cursor.of(lost)))) as stream:
            first = await frame(stream)
            assert isinstance(first, Snapshot)
            assert first.party == newest
        async with aclosing(hub.follow(party.id, "ann", str(Cursor.of(party)))) as stream:
            assert isinstance(await frame(stream), Entry)


async def read_to_end(stream: Follower) -> None:
    while True:
        await frame(stream)


@pytest.mark.parametrize("is_live", [True, False])
async def test_the_stream_of_a_lost_party_ends(valkey: ValkeyServer, is_live: bool) -> None:
    """The commit that created it was lost. Every way to the party says so, and its members are free."""
    clock = ManualClock()
    async with node(valkey.url, clock, partitions=PARTITIONS) as one, hub_of(one, clock) as hub:
        saved = await save(one.store)
        party = await one.create("ann")
        joined = (await one.join("bob", party)).party
        async with aclosing(hub.follow(party.id, "ann", None if is_live else str(Cursor.of(party)))) as stream:
            if is_live:
                assert isinstance(await frame(stream), Snapshot)
            else:
                assert isinstance(await frame(stream), Entry)
            await go_back(one.store, saved)
            with pytest.raises(NotFollowable):
                await read_to_end(stream)
        with pytest.raises(NotFollowable):
            await frame(hub.follow(party.id, "ann", str(Cursor.of(joined))))
        assert await one.store.party(party.id) is None
        assert await one.store.latest(party.id) is None
        assert await one.store.party_of_player("ann") is None
        assert await one.store.party_of_code(party.join_code) is None
        assert (await one.store.parties(PartyQuery())).total == 0
        assert (await one.create("ann")).member("ann") is not None


async def test_a_command_on_a_lost_party_that_a_node_still_knows_is_rejected(valkey: ValkeyServer) -> None:
    clock = ManualClock()
    async with node(valkey.url, clock, partitions=PARTITIONS) as one:
        saved = await save(one.store)
        party = await one.create("ann")
        await go_back(one.store, saved)
        outcome = await one.handler.execute(party.id, PostMessage(player("ann"), "Is anybody there?"))
        assert isinstance(outcome, Rejection)
        assert outcome.code is RejectionCode.NOT_FOUND


async def test_followers_of_the_list_learn_of_lost_parties_and_changes(valkey: ValkeyServer) -> None:
    clock = ManualClock()
    async with node(valkey.url, clock) as one, node(valkey.url, clock) as other:
        feed = LobbyFeed(one.store, clock, Turns(), StreamLimiter(), 0)
        one.store.loss_listeners.append(feed.resync)
        kept = await one.create("ann")
        saved = await save(one.store)
        await one.join("bob", kept)
        lost = await one.create("cat")
        async with aclosing(feed.follow("eve", PartyFilter())) as stream:
            assert {(await anext(stream)).party_id, (await anext(stream)).party_id} == {kept.id, lost.id}
            clock.advance(5)
            await go_back(one.store, saved)
            await other.join("dan", kept)
            await one.store.parties(PartyQuery())
            changes = {change.party_id: change for change in [await anext(stream), await anext(stream)]}
            assert changes[lost.id].change is LobbyChange.DELISTED
            shown = changes[kept.id].party
            assert shown is not None
            assert shown.member("bob") is None


async def test_a_loss_is_noticed_although_nobody_asks_for_the_list(
    valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lobby.stores.valkey.store.LIST_POLL_S", 0.05)
    async with node(valkey.url, ManualClock()) as one:
        noticed = asyncio.Event()
        saved = await save(one.store)
        await one.create("ann")
        await one.store.parties(PartyQuery())
        one.store.loss_listeners.append(noticed.set)
        await go_back(one.store, saved)
        async with asyncio.timeout(10):
            await noticed.wait()


@asynccontextmanager
async def moderated(node: Node, clock: ManualClock) -> AsyncIterator[ModerationView]:
    """The moderation view of the node, which follows the acts."""
    view = ModerationView(clock, b"key")
    async with hub_of(node, clock) as hub:
        watch = ModerationWatch(node.handler, view, hub, Hints(), lambda player_id, reason: None, list)
        await watch.open()
        yield view
        await watch.close()


async def ban(node: Node, clock: ManualClock, name: str) -> None:
    at = clock.now()
    entry = ModerationEntry(at, "mia", "banPlayer", f"ban {name}", player_id=name)
    await node.store.moderation.record(ModerationWrite(entry, PlayerBan(player(name), None, "cheats", at, "mia")))


@pytest.mark.parametrize("later", [("cat",), ("cat", "dan"), ("cat", "dan", "eve")])
async def test_bans_in_the_place_of_lost_bans_hold_on_every_node(valkey: ValkeyServer, later: tuple[str, ...]) -> None:
    clock = ManualClock()
    async with (
        node(valkey.url, clock) as one,
        node(valkey.url, clock) as other,
        moderated(one, clock) as view,
        moderated(other, clock) as view_of_other,
    ):
        views = view, view_of_other

        async def are_banned(*names: str) -> bool:
            everybody = ("ann", "bob", "cat", "dan", "eve")
            return all({name for name in everybody if each.is_banned(name)} == set(names) for each in views)

        await ban(one, clock, "ann")
        saved = await save(one.store)
        clock.advance(1)
        await ban(one, clock, "bob")
        await wait_until(lambda: are_banned("ann", "bob"))
        clock.advance(5)
        await go_back(one.store, saved)
        for name in later:
            await ban(other, clock, name)
        await wait_until(lambda: are_banned("ann", *later))


async def test_a_lost_ban_is_lifted_on_every_node(valkey: ValkeyServer) -> None:
    clock = ManualClock()
    async with node(valkey.url, clock) as one, moderated(one, clock) as view:
        saved = await save(one.store)
        await ban(one, clock, "bob")

        async def is_banned() -> bool:
            return view.is_banned("bob")

        async def is_free() -> bool:
            return not view.is_banned("bob")

        await wait_until(is_banned)
        await go_back(one.store, saved)
        await wait_until(is_free)
