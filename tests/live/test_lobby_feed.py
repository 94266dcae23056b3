"""The public list, live: each change once, merged, and only what the follower looks for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from lobby.domain import commands as c
from lobby.domain.listing import PartyFilter
from lobby.domain.values import GameType, Visibility
from lobby.live.lobby_feed import BATCHES_MAX, LISTED_FIRST_MAX, LobbyChange, LobbyFeed, LobbyNews
from tests.domain.scenes import player
from tests.live.house import MERGE_S, House, frame, frames, rest
from tests.service.world import done

LISTED, UPDATED, DELISTED = LobbyChange.LISTED, LobbyChange.UPDATED, LobbyChange.DELISTED
ANY = PartyFilter()
Feed = AsyncGenerator[LobbyNews, None]


def told(news: LobbyNews) -> tuple[LobbyChange, str]:
    return news.change, news.party_id


async def opened(house: House, count: int, wanted: PartyFilter = ANY) -> Feed:
    """A follower that has been told of what there is: so many parties."""
    feed = house.feed.follow(wanted)
    if count:
        await frames(feed, count)
    return feed


async def test_a_follower_is_first_told_of_every_party_there_is(house: House) -> None:
    parties = [await house.world.party(leader) for leader in ("ann", "bob", "cid")]
    async with aclosing(house.feed.follow(ANY)) as feed:
        news = await frames(feed, 3)
    assert [told(one) for one in news] == [(LISTED, party.id) for party in parties]
    assert [one.party for one in news] == parties


async def test_a_follower_is_first_told_of_so_many_and_not_more(house: House) -> None:
    parties = [await house.world.party(f"player {number}") for number in range(LISTED_FIRST_MAX + 5)]
    async with aclosing(house.feed.follow(ANY)) as feed:
        news = await frames(feed, LISTED_FIRST_MAX)
        assert [one.party_id for one in news] == [party.id for party in parties[5:]], "the newest"
        await house.world.says("player 0", "hello", parties[0])
        assert told(await frame(feed)) == (LISTED, parties[0].id), "news of one that was left out is its first"


async def test_a_new_party_is_listed(house: House) -> None:
    async with aclosing(house.feed.follow(ANY)) as feed:
        first = asyncio.create_task(frame(feed))
        await asyncio.sleep(0)
        party = await house.world.party("ann")
        assert await first == LobbyNews(LISTED, house.world.clock.now(), party.id, party)


async def test_a_change_is_told_with_the_party_as_it_is_by_then(house: House) -> None:
    party = await house.world.party("ann")
    async with aclosing(await opened(house, 1)) as feed:
        joined = done(await house.world.join("bob", party.join_code)).party
        assert await frame(feed) == LobbyNews(UPDATED, house.world.clock.now(), party.id, joined)


DELISTINGS: dict[str, c.Command] = {
    "locked": c.UpdateParty(player("ann"), c.SettingsPatch(locked=True)),
    "made private": c.UpdateParty(player("ann"), c.SettingsPatch(visibility=Visibility.PRIVATE)),
    "full": c.UpdateParty(player("ann"), c.SettingsPatch(max_members=1)),
    "starting": c.StartSession(player("ann"), "run"),
    "deserted": c.SetPresence("ann", connected=False),
    "disbanded": c.DisbandParty(player("ann")),
}


@pytest.mark.parametrize("how", DELISTINGS)
async def test_a_party_that_is_open_no_more_is_delisted_and_not_shown(house: House, how: str) -> None:
    party = await house.world.party("ann")
    async with aclosing(await opened(house, 1)) as feed:
        await house.world.does(party, DELISTINGS[how])
        assert await frame(feed) == LobbyNews(DELISTED, house.world.clock.now(), party.id, None)


async def test_a_party_that_opens_again_is_listed_again(house: House) -> None:
    party = await house.world.party("ann", locked=True)
    async with aclosing(house.feed.follow(ANY)) as feed:
        first = asyncio.create_task(frame(feed))
        await asyncio.sleep(0)
        await house.world.does(party, c.UpdateParty(player("ann"), c.SettingsPatch(locked=False)))
        assert told(await first) == (LISTED, party.id)


async def test_what_was_never_listed_is_never_told_of(house: House) -> None:
    hidden = await house.world.party("ann", visibility=Visibility.PRIVATE)
    async with aclosing(house.feed.follow(ANY)) as feed:
        first = asyncio.create_task(frame(feed))
        await asyncio.sleep(0)
        await house.world.says("ann", "psst", hidden)
        shown = await house.world.party("bob")
        assert told(await first) == (LISTED, shown.id)


async def test_changes_side_by_side_are_told_as_one(house: House) -> None:
    party = await house.world.party("ann")
    async with aclosing(await opened(house, 1)) as feed:
        for name in ("bob", "cid", "dan"):
            done(await house.world.join(name, party.join_code))
        news = await frame(feed)
        assert (news.change, news.party) == (UPDATED, await house.world.now(party))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(feed), 2 * MERGE_S)


async def test_a_party_that_comes_and_goes_at_once_is_not_told_of(house: House) -> None:
    async with aclosing(house.feed.follow(ANY)) as feed:
        first = asyncio.create_task(frame(feed))
        await asyncio.sleep(0)
        brief = await house.world.party("ann")
        await house.world.does(brief, c.DisbandParty(player("ann")))
        lasting = await house.world.party("bob")
        assert told(await first) == (LISTED, lasting.id)


async def test_a_follower_is_told_of_what_it_looks_for(house: House) -> None:
    await house.world.party("ann")
    duel = await house.world.party("bob", game_type=GameType.PVP)
    async with aclosing(house.feed.follow(PartyFilter(game_type=GameType.PVP))) as feed:
        assert told(await frame(feed)) == (LISTED, duel.id)
        await house.world.does(duel, c.UpdateParty(player("bob"), c.SettingsPatch(game_type=GameType.COOP)))
        assert told(await frame(feed)) == (DELISTED, duel.id)


async def test_what_comes_to_match_is_listed(house: House) -> None:
    party = await house.world.party("ann")
    async with aclosing(house.feed.follow(PartyFilter(name_contains="dragon"))) as feed:
        first = asyncio.create_task(frame(feed))
        await asyncio.sleep(0)
        await house.world.does(party, c.UpdateParty(player("ann"), c.SettingsPatch(name="The Dragon's Den")))
        assert told(await first) == (LISTED, party.id)


async def test_a_follower_that_does_not_read_is_told_everything_anew(house: House) -> None:
    """It may be behind by so many batches; what it was told of before is what the news are about then."""
    world, feeds = house.world, LobbyFeed(house.world.store, house.world.clock, merge_s=0)
    world.hints.hearers.append(lambda party_id, seq: feeds.hint(party_id))
    kept, closed = await world.party("ann"), await world.party("bob")
    async with aclosing(feeds.follow(ANY)) as feed:
        await frames(feed, 2)
        await world.does(closed, c.DisbandParty(player("bob")))
        for _ in range(BATCHES_MAX + 1):
            done(await world.says("ann", "hello", kept))
            for _ in range(5):
                await asyncio.sleep(0)  # a batch of its own
        new = await world.party("cid")
        news = [told(one) for one in await frames(feed, 3)]
    expected = [(DELISTED, closed.id), (LISTED, new.id), (UPDATED, kept.id)]
    assert sorted(news, key=lambda one: one[0].value) == expected


async def test_a_follower_is_told_what_it_missed_once_it_is_known_that_hints_were(house: House) -> None:
    kept, closed = await house.world.party("ann"), await house.world.party("bob")
    async with aclosing(await opened(house, 2)) as feed:
        house.hear_no_hints()
        await house.world.does(closed, c.DisbandParty(player("bob")))
        done(await house.world.says("ann", "hello", kept))
        new = await house.world.party("cid")
        house.feed.resync()
        news = [told(one) for one in await frames(feed, 3)]
    expected = [(DELISTED, closed.id), (LISTED, new.id), (UPDATED, kept.id)]
    assert sorted(news, key=lambda one: one[0].value) == expected


async def test_the_server_going_down_ends_every_feed(house: House) -> None:
    await house.world.party("ann")
    async with aclosing(await opened(house, 1)) as feed:
        reading = asyncio.create_task(rest(feed))
        await asyncio.sleep(0)
        house.feed.drain()
        assert await reading == []
    assert len(await rest(house.feed.follow(ANY))) == 1, "who comes now is told what there is, and no more"


async def test_a_follower_that_has_gone_leaves_nothing_behind(house: House) -> None:
    await (await opened(house, 0)).aclose()
    feed = await opened(house, 0)
    reading = asyncio.create_task(frame(feed))
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.wait([reading])
    assert house.feed._followers == set()
