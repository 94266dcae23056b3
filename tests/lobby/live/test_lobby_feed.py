"""The public list, live: each change once, merged, and only what the follower looks for."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from lobby.domain import commands as c
from lobby.domain.listing import PartyFilter
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.values import GameType, Visibility
from lobby.limits.count_limiter import StreamLimiter
from lobby.live.lobby_feed import BATCHES_MAX, LISTED_FIRST_MAX, ListFollower, ListingChange, LobbyChange, LobbyFeed
from lobby.runtime.turns import Turns
from tests.lobby.app.world import done
from tests.lobby.domain.scenes import player
from tests.lobby.live.live_lobby import MERGE_S, LiveLobby, frame, frames, rest

LISTED, UPDATED, DELISTED = LobbyChange.LISTED, LobbyChange.UPDATED, LobbyChange.DELISTED
ANY = PartyFilter()
WATCHER = "eve"


def summary(news: ListingChange) -> tuple[LobbyChange, str]:
    return news.change, news.party_id


async def opened(lobby: LiveLobby, count: int, wanted: PartyFilter = ANY) -> ListFollower:
    """A follower that has received the first parties: so many of them."""
    feed = lobby.feed.follow(WATCHER, wanted)
    if count:
        await frames(feed, count)
    return feed


async def test_a_follower_first_gets_every_listed_party(lobby: LiveLobby) -> None:
    parties = [await lobby.world.party(leader) for leader in ("ann", "bob", "cid")]
    async with aclosing(lobby.feed.follow(WATCHER, ANY)) as feed:
        news = await frames(feed, 3)
    assert [summary(one) for one in news] == [(LISTED, party.id) for party in parties]
    assert [one.party for one in news] == parties


async def test_a_follower_first_gets_a_bounded_number_of_parties(lobby: LiveLobby) -> None:
    parties = [await lobby.world.party(f"player {number}") for number in range(LISTED_FIRST_MAX + 5)]
    async with aclosing(lobby.feed.follow(WATCHER, ANY)) as feed:
        news = await frames(feed, LISTED_FIRST_MAX)
        assert [one.party_id for one in news] == [party.id for party in parties[5:]], "the newest"
        await lobby.world.post_message("player 0", "hello", parties[0])
        assert summary(await frame(feed)) == (LISTED, parties[0].id), "news of one that was left out is its first"


async def test_a_new_party_is_listed(lobby: LiveLobby) -> None:
    async with aclosing(lobby.feed.follow(WATCHER, ANY)) as feed:
        first = asyncio.create_task(frame(feed))
        await asyncio.sleep(0)
        party = await lobby.world.party("ann")
        assert await first == ListingChange(LISTED, lobby.world.clock.now(), party.id, party)


async def test_a_change_has_the_newest_party(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann")
    async with aclosing(await opened(lobby, 1)) as feed:
        joined = done(await lobby.world.join("bob", party.join_code)).party
        assert await frame(feed) == ListingChange(UPDATED, lobby.world.clock.now(), party.id, joined)


DELISTINGS: dict[str, c.Command] = {
    "locked": c.UpdateParty(player("ann"), SettingsPatch(locked=True)),
    "made private": c.UpdateParty(player("ann"), SettingsPatch(visibility=Visibility.PRIVATE)),
    "full": c.UpdateParty(player("ann"), SettingsPatch(max_members=1)),
    "starting": c.StartSession(player("ann"), "run"),
    "deserted": c.SetPresence("ann", connected=False),
    "disbanded": c.DisbandParty(player("ann")),
}


@pytest.mark.parametrize("how", DELISTINGS)
async def test_a_party_that_is_no_longer_open_is_delisted_without_its_data(lobby: LiveLobby, how: str) -> None:
    party = await lobby.world.party("ann")
    async with aclosing(await opened(lobby, 1)) as feed:
        await lobby.world.execute(party, DELISTINGS[how])
        assert await frame(feed) == ListingChange(DELISTED, lobby.world.clock.now(), party.id, None)


async def test_a_party_that_opens_again_is_listed_again(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", locked=True)
    async with aclosing(lobby.feed.follow(WATCHER, ANY)) as feed:
        first = asyncio.create_task(frame(feed))
        await asyncio.sleep(0)
        await lobby.world.execute(party, c.UpdateParty(player("ann"), SettingsPatch(locked=False)))
        assert summary(await first) == (LISTED, party.id)


async def test_a_party_that_was_never_listed_is_never_sent(lobby: LiveLobby) -> None:
    hidden = await lobby.world.party("ann", visibility=Visibility.PRIVATE)
    async with aclosing(lobby.feed.follow(WATCHER, ANY)) as feed:
        first = asyncio.create_task(frame(feed))
        await asyncio.sleep(0)
        await lobby.world.post_message("ann", "psst", hidden)
        shown = await lobby.world.party("bob")
        assert summary(await first) == (LISTED, shown.id)


async def test_changes_within_the_merge_time_are_sent_as_one(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann")
    async with aclosing(await opened(lobby, 1)) as feed:
        for name in ("bob", "cid", "dan"):
            done(await lobby.world.join(name, party.join_code))
        news = await frame(feed)
        assert (news.change, news.party) == (UPDATED, await lobby.world.now(party))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(feed), 2 * MERGE_S)


async def test_a_party_that_opens_and_closes_at_once_is_not_sent(lobby: LiveLobby) -> None:
    async with aclosing(lobby.feed.follow(WATCHER, ANY)) as feed:
        first = asyncio.create_task(frame(feed))
        await asyncio.sleep(0)
        brief = await lobby.world.party("ann")
        await lobby.world.execute(brief, c.DisbandParty(player("ann")))
        lasting = await lobby.world.party("bob")
        assert summary(await first) == (LISTED, lasting.id)


async def test_a_follower_only_gets_parties_that_match(lobby: LiveLobby) -> None:
    await lobby.world.party("ann")
    duel = await lobby.world.party("bob", game_type=GameType.PVP)
    async with aclosing(lobby.feed.follow(WATCHER, PartyFilter(game_type=GameType.PVP))) as feed:
        assert summary(await frame(feed)) == (LISTED, duel.id)
        await lobby.world.execute(duel, c.UpdateParty(player("bob"), SettingsPatch(game_type=GameType.COOP)))
        assert summary(await frame(feed)) == (DELISTED, duel.id)


async def test_a_party_that_begins_to_match_is_listed(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann")
    async with aclosing(lobby.feed.follow(WATCHER, PartyFilter(name_contains="dragon"))) as feed:
        first = asyncio.create_task(frame(feed))
        await asyncio.sleep(0)
        await lobby.world.execute(party, c.UpdateParty(player("ann"), SettingsPatch(name="The Dragon's Den")))
        assert summary(await first) == (LISTED, party.id)


async def test_a_slow_consumer_gets_the_whole_list_again(lobby: LiveLobby) -> None:
    """It may be behind by so many batches. Past that it gets the changes since the state that it knows."""
    world, feeds = lobby.world, LobbyFeed(lobby.world.store, lobby.world.clock, Turns(), StreamLimiter(), 0)
    world.hints.commit_listeners.append(lambda party_id, seq: feeds.hint(party_id))
    kept, closed = await world.party("ann"), await world.party("bob")
    async with aclosing(feeds.follow(WATCHER, ANY)) as feed:
        await frames(feed, 2)
        await world.execute(closed, c.DisbandParty(player("bob")))
        for _ in range(BATCHES_MAX + 1):
            done(await world.post_message("ann", "hello", kept))
            for _ in range(5):
                await asyncio.sleep(0)  # a batch of its own
        new = await world.party("cid")
        news = [summary(one) for one in await frames(feed, 3)]
    expected = [(DELISTED, closed.id), (LISTED, new.id), (UPDATED, kept.id)]
    assert sorted(news, key=lambda one: one[0].value) == expected


async def test_after_a_resync_a_follower_gets_missed_changes(lobby: LiveLobby) -> None:
    kept, closed = await lobby.world.party("ann"), await lobby.world.party("bob")
    async with aclosing(await opened(lobby, 2)) as feed:
        lobby.hear_no_hints()
        await lobby.world.execute(closed, c.DisbandParty(player("bob")))
        done(await lobby.world.post_message("ann", "hello", kept))
        new = await lobby.world.party("cid")
        lobby.feed.resync()
        news = [summary(one) for one in await frames(feed, 3)]
    expected = [(DELISTED, closed.id), (LISTED, new.id), (UPDATED, kept.id)]
    assert sorted(news, key=lambda one: one[0].value) == expected


async def test_a_shutdown_ends_every_feed(lobby: LiveLobby) -> None:
    await lobby.world.party("ann")
    async with aclosing(await opened(lobby, 1)) as feed:
        reading = asyncio.create_task(rest(feed))
        await asyncio.sleep(0)
        lobby.feed.drain()
        assert await reading == []
    assert len(await rest(lobby.feed.follow(WATCHER, ANY))) == 1, "who comes now is told what there is, and no more"


async def test_a_follower_that_left_is_forgotten(lobby: LiveLobby) -> None:
    await (await opened(lobby, 0)).aclose()
    await lobby.world.party("ann")
    feed = await opened(lobby, 1)
    reading = asyncio.create_task(frame(feed))
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.wait([reading])
    await feed.aclose()
    assert lobby.feed._followers == set()
    assert len(lobby.feed.audiences) == 0
