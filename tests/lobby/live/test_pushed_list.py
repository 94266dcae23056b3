"""The public list, pushed: what a follower receives is the same whether it pulls, is pushed to, or does both in turn."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from lobby.domain import commands as c
from lobby.domain.listing import PartyFilter, is_listed, matches
from lobby.domain.model import Party
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.values import GameType, PartyId
from lobby.live.list_changes import CHANGES_AT_ONCE, Batch
from lobby.live.lobby_feed import ListFollower, ListingChange, LobbyChange
from tests.lobby.app.world import done
from tests.lobby.domain.scenes import player
from tests.lobby.live.live_lobby import MERGE_S, LiveLobby, frame, frames
from tests.waiting import POLL_S, WAIT_S

LISTED, UPDATED, DELISTED = LobbyChange.LISTED, LobbyChange.UPDATED, LobbyChange.DELISTED
ANY, PVP = PartyFilter(), PartyFilter(game_type=GameType.PVP)
Changes = tuple[ListingChange, ...]


class Pushed:
    """A channel that takes `room` groups of changes."""

    def __init__(self, room: int = 1_000_000) -> None:
        self.groups: list[Changes] = []
        self.room = room

    def try_send(self, item: Changes) -> bool:
        if len(self.groups) >= self.room:
            return False
        self.groups.append(item)
        return True

    async def until(self, count: int) -> None:
        """Wait for so many groups of changes. The test fails if they do not come."""
        async with asyncio.timeout(WAIT_S):
            while len(self.groups) < count:  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)

    @property
    def changes(self) -> list[ListingChange]:
        return [change for group in self.groups for change in group]


async def until(holds: Callable[[], object]) -> None:
    """The test fails if it never holds."""
    async with asyncio.timeout(WAIT_S):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)


@asynccontextmanager
async def pushing(follower: ListFollower, channel: Pushed) -> AsyncIterator[asyncio.Task[None]]:
    """While it lasts, the follower pushes to the channel."""
    task = asyncio.create_task(follower.push_to(channel))
    await asyncio.sleep(0)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def following(lobby: LiveLobby, count: int, wanted: PartyFilter = ANY) -> AsyncIterator[ListFollower]:
    """A follower that has received the first parties: so many of them."""
    follower = lobby.feed.follow("eve", wanted)
    try:
        if count:
            await frames(follower, count)
        yield follower
    finally:
        await follower.aclose()


async def test_followers_who_have_received_the_same_get_the_same_objects(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann")
    async with following(lobby, 1) as one, following(lobby, 1) as other:
        channels = Pushed(), Pushed()
        async with pushing(one, channels[0]), pushing(other, channels[1]):
            done(await lobby.world.join("bob", party.join_code))
            for channel in channels:
                await channel.until(1)
    assert channels[0].groups[0] is channels[1].groups[0]
    assert [(each.change, each.party_id) for each in channels[0].changes] == [(UPDATED, party.id)]


async def test_a_change_only_reaches_followers_that_look_for_it_or_did(lobby: LiveLobby) -> None:
    duel = await lobby.world.party("ann", game_type=GameType.PVP)
    crawl = await lobby.world.party("bob")
    async with following(lobby, 1, PVP) as follower:
        channel = Pushed()
        async with pushing(follower, channel):
            done(await lobby.world.post_message("bob", "hello", crawl))
            await asyncio.sleep(3 * MERGE_S)
            assert channel.groups == []
            await lobby.world.execute(duel, c.UpdateParty(player("ann"), SettingsPatch(game_type=GameType.COOP)))
            await channel.until(1)
            done(await lobby.world.post_message("ann", "hello", duel))
            await asyncio.sleep(3 * MERGE_S)
    assert [(each.change, each.party_id) for each in channel.changes] == [(DELISTED, duel.id)]


async def test_a_party_that_was_pushed_as_listed_is_delisted(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann")
    async with following(lobby, 0, PVP) as follower:
        opening = asyncio.create_task(frame(follower))
        await asyncio.sleep(0)
        await lobby.world.party("bob", game_type=GameType.PVP)
        await opening
        channel = Pushed()
        async with pushing(follower, channel):
            for count, game_type in enumerate((GameType.PVP, GameType.COOP), 1):
                await lobby.world.execute(party, c.UpdateParty(player("ann"), SettingsPatch(game_type=game_type)))
                await channel.until(count)
    assert [each.change for each in channel.changes] == [LISTED, DELISTED]


async def test_a_change_while_the_first_parties_are_read_is_not_missed(
    lobby: LiveLobby, monkeypatch: pytest.MonkeyPatch
) -> None:
    party, read = await lobby.world.party("ann"), lobby.feed.newest

    async def slowly(wanted: PartyFilter) -> Batch:
        page = await read(wanted)
        await lobby.world.execute(party, c.UpdateParty(player("ann"), SettingsPatch(locked=True)))
        await asyncio.sleep(4 * MERGE_S)
        return page

    monkeypatch.setattr(lobby.feed, "newest", slowly)
    async with following(lobby, 0) as follower:
        assert [each.change for each in await frames(follower, 2)] == [LISTED, DELISTED]


async def test_changes_that_the_channel_does_not_take_are_pulled(lobby: LiveLobby) -> None:
    parties = [await lobby.world.party(f"player {number}") for number in range(CHANGES_AT_ONCE + 3)]
    async with following(lobby, len(parties)) as follower:
        channel = Pushed(room=1)
        async with pushing(follower, channel) as task:
            for number, party in enumerate(parties):
                done(await lobby.world.post_message(f"player {number}", "hello", party))
            async with asyncio.timeout(10):
                await task
        assert len(channel.changes) == CHANGES_AT_ONCE
        pulled = await frames(follower, 3)
    assert sorted(each.party_id for each in channel.changes + pulled) == sorted(party.id for party in parties)


async def test_the_first_parties_are_pushed_to_followers_with_one_filter_as_the_same_objects(lobby: LiveLobby) -> None:
    parties = [await lobby.world.party(name) for name in ("ann", "bob", "cid")]
    async with following(lobby, 1) as one, following(lobby, 1) as other:
        channels = Pushed(), Pushed()
        async with pushing(one, channels[0]), pushing(other, channels[1]):
            assert channels[0].groups[0] is channels[1].groups[0]
    assert [(each.change, each.party) for each in channels[0].changes] == [(LISTED, party) for party in parties[1:]]


async def test_a_follower_that_begins_after_a_change_gets_the_parties_as_they_are_now(lobby: LiveLobby) -> None:
    await lobby.world.party("ann")
    party = await lobby.world.party("bob")
    async with following(lobby, 1) as one, pushing(one, Pushed()):
        joined = done(await lobby.world.join("cid", party.join_code)).party
    channel = Pushed()
    async with following(lobby, 1) as other, pushing(other, channel):
        assert [each.party for each in channel.changes] == [joined]


async def test_first_parties_that_the_channel_does_not_take_are_pulled(lobby: LiveLobby) -> None:
    parties = [await lobby.world.party(f"leader {number}") for number in range(CHANGES_AT_ONCE + 3)]
    async with following(lobby, 1) as follower:
        channel = Pushed(room=1)
        async with asyncio.timeout(10):
            await follower.push_to(channel)
        pulled = await frames(follower, 2)
    received = [each.party_id for each in channel.changes + pulled]
    assert received == [party.id for party in parties[1:]]


async def test_a_resync_and_a_shutdown_end_the_pushing(lobby: LiveLobby) -> None:
    await lobby.world.party("ann")
    async with following(lobby, 1) as follower:
        for end in (lobby.feed.resync, lobby.feed.drain):
            async with pushing(follower, Pushed()) as task, asyncio.timeout(10):
                end()
                await task
            if end == lobby.feed.resync:
                new = await lobby.world.party("bob")
                assert (await frame(follower)).party_id == new.id
        with pytest.raises(StopAsyncIteration):
            await frame(follower)


FILTERS = (ANY, PVP, PartyFilter(min_free_seats=7), PartyFilter(name_contains="3"), PartyFilter(difficulty="Hard"))


class Client:
    """A client that applies each change to its list, and sometimes stops reading."""

    def __init__(self, lobby: LiveLobby, number: int) -> None:
        self.wanted = FILTERS[number % len(FILTERS)]
        self.list: dict[PartyId, Party] = {}
        self.follower = lobby.feed.follow(f"watcher {number}", self.wanted)
        self._random = random.Random(number)
        self._pushes = number % 3 > 0
        self.is_hasty = False

    def try_send(self, item: Changes) -> bool:
        if not self.is_hasty and self._random.random() < 0.3:
            return False
        for change in item:
            self._take(change)
        return True

    async def read(self) -> None:
        async for change in self.follower:
            self._take(change)
            if not self.is_hasty and self._random.random() < 0.3:
                await asyncio.sleep(self._random.random() * 4 * MERGE_S)
            if self._pushes:
                await self.follower.push_to(self)

    def _take(self, change: ListingChange) -> None:
        if change.change is DELISTED:
            del self.list[change.party_id]
            return
        assert change.party is not None
        assert (change.party_id in self.list) == (change.change is UPDATED), "LISTED first, then UPDATED"
        self.list[change.party_id] = change.party


@pytest.mark.parametrize("seed", range(2))
async def test_every_client_has_the_list_in_the_end(lobby: LiveLobby, seed: int) -> None:
    chance = random.Random(seed)
    leaders = {f"leader {number}": await lobby.world.party(f"leader {number}") for number in range(12)}
    clients = [Client(lobby, number) for number in range(20)]
    tasks = [asyncio.create_task(client.read()) for client in clients]
    for _ in range(120):
        leader = chance.choice(list(leaders))
        await lobby.world.handler.execute(leaders[leader].id, _any_change(chance, leader))
        await asyncio.sleep(chance.choice((0, 0, 0, MERGE_S / 2, 2 * MERGE_S)))
        if chance.random() < 0.03:
            lobby.feed.resync()
    for client in clients:
        client.is_hasty = True
    now = [await lobby.world.now(party) for party in leaders.values()]

    def is_current(client: Client) -> bool:
        return client.list == {each.id: each for each in now if is_listed(each) and matches(each, client.wanted)}

    try:
        await until(lambda: all(is_current(client) for client in clients))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for client in clients:
            await client.follower.aclose()


def _any_change(chance: random.Random, leader: str) -> c.Command:
    patch = chance.choice(
        (
            SettingsPatch(locked=chance.random() < 0.5),
            SettingsPatch(game_type=chance.choice(list(GameType))),
            SettingsPatch(difficulty=chance.choice(("Easy", "Hard"))),
            SettingsPatch(name=f"Party {chance.randrange(30, 50)}"),
            SettingsPatch(max_members=chance.randrange(2, 9)),
        )
    )
    return c.UpdateParty(player(leader), patch)
