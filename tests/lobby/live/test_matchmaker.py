"""The matchmaker over the store in memory: it proposes matches, and gives the event loop back in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import perf_counter

import pytest

from lobby.app.matchmaking.search_service import SearchService
from lobby.domain import commands as c
from lobby.domain.blocks import BlockList, block_player
from lobby.domain.model import Party
from lobby.domain.search import Search, SearchCriteria, search_id
from lobby.domain.values import GameType, Instant, SearchCancelReason, SearchState
from lobby.live.matchmaker import CANCELS_AT_ONCE, Matchmaker
from lobby.runtime.turns import Turns
from tests.lobby.app.world import World, world
from tests.lobby.domain.scenes import player
from tests.waiting import wait_until

PARTIES = 400
STALL_MAX_S = 0.2
"""Ten times what an idle machine shows, because the tests share their cores with others."""


@pytest.fixture
async def lobby() -> AsyncIterator[World]:
    async with world() as lobby:
        yield lobby


@asynccontextmanager
async def matchmaking(
    lobby: World, is_in_maintenance: Callable[[Instant], bool] = lambda at: False
) -> AsyncIterator[Matchmaker]:
    service = SearchService(lobby.handler)
    matchmaker = Matchmaker(service, lobby.store, lobby.clock, Turns(), is_in_maintenance)
    await matchmaker.open()
    try:
        yield matchmaker
    finally:
        await matchmaker.close()
        await service.close()


async def start(lobby: World, name: str, *others: str, size: int = 4, skill: int | None = None) -> Party:
    party = await lobby.party(name, *others)
    criteria = SearchCriteria(GameType.COOP, size, skill=skill)
    return await lobby.execute(party, c.StartSearch(player(name), criteria, search_id(party.id, "1")))


async def search_of(lobby: World, party: Party) -> Search:
    search = (await lobby.now(party)).search
    assert search is not None
    return search


async def wait_for_state(lobby: World, party: Party, state: SearchState) -> None:
    async def has_state() -> bool:
        return (await search_of(lobby, party)).state is state

    await wait_until(has_state)


async def test_parties_that_fill_a_match_are_proposed_it(lobby: World) -> None:
    early = await start(lobby, "ann", "bob")
    async with matchmaking(lobby):
        late, alone = await start(lobby, "cat", "dan"), await start(lobby, "eve", size=8)
        for party in (early, late):
            await wait_for_state(lobby, party, SearchState.PROPOSED)
        one, two = await search_of(lobby, early), await search_of(lobby, late)
        assert one.match is not None
        assert one.match == two.match
        assert set(one.match.party_ids) == {early.id, late.id}
        assert one.match.accept_by == lobby.clock.now() + 15_000
        assert (await search_of(lobby, alone)).state is SearchState.SEARCHING


async def test_after_a_while_a_band_is_wider_and_a_smaller_match_is_enough(lobby: World) -> None:
    async with matchmaking(lobby):
        one, two = await start(lobby, "ann", "bob", skill=0), await start(lobby, "cat", "dan", skill=90)
        small = [await start(lobby, name, size=3) for name in ("eve", "fay")]
        lobby.clock.advance(10)
        for party in (one, two):
            await wait_for_state(lobby, party, SearchState.PROPOSED)
        assert (await search_of(lobby, small[0])).state is SearchState.SEARCHING
        lobby.clock.advance(50)
        for party in small:
            await wait_for_state(lobby, party, SearchState.PROPOSED)


async def test_a_search_that_was_released_is_matched_again(lobby: World) -> None:
    async with matchmaking(lobby):
        one, two = await start(lobby, "ann", size=2), await start(lobby, "bob", size=2)
        await wait_for_state(lobby, one, SearchState.PROPOSED)
        await lobby.execute(two, c.DeclineMatch(player("bob"), search_id(two.id, "1")))
        await wait_for_state(lobby, one, SearchState.SEARCHING)
        three = await start(lobby, "cat", size=2)
        await wait_for_state(lobby, three, SearchState.PROPOSED)
        assert (await search_of(lobby, one)).state is SearchState.PROPOSED


async def test_players_with_a_block_between_them_are_matched_with_others(lobby: World) -> None:
    blocks = block_player(await lobby.store.block_list("bob"), player("ann"), 1, lobby.handler.bounds)
    assert isinstance(blocks, BlockList)
    await lobby.store.save_block_list(blocks)
    async with matchmaking(lobby):
        ann, bob = await start(lobby, "ann", size=2), await start(lobby, "bob", size=2)
        cat = await start(lobby, "cat", size=2)
        await wait_for_state(lobby, cat, SearchState.PROPOSED)
        states = [(await search_of(lobby, party)).state for party in (ann, bob)]
        assert sorted(state.value for state in states) == ["PROPOSED", "SEARCHING"]


async def test_a_matchmaker_that_starts_later_finds_the_searches_in_the_store(lobby: World) -> None:
    async with matchmaking(lobby) as first:
        one = await start(lobby, "ann", size=2)

        async def knows() -> bool:
            return first.searching_count == 1

        await wait_until(knows)
    two = await start(lobby, "bob", size=2)
    async with matchmaking(lobby):
        for party in (one, two):
            await wait_for_state(lobby, party, SearchState.PROPOSED)


async def test_a_maintenance_cancels_all_searches_and_those_that_still_come(lobby: World) -> None:
    begins_at = lobby.clock.now() + 5_000
    async with matchmaking(lobby, lambda at: begins_at <= at):
        proposed = [await start(lobby, name, size=2) for name in ("ann", "bob")]
        for party in proposed:
            await wait_for_state(lobby, party, SearchState.PROPOSED)
        alone = [
            await start(lobby, f"p{number}", size=8, skill=1_000 * number) for number in range(CANCELS_AT_ONCE + 1)
        ]
        assert (await search_of(lobby, alone[0])).state is SearchState.SEARCHING
        lobby.clock.advance_ms(5_000)
        late = await start(lobby, "eve", size=8)
        for party in (*proposed, *alone, late):
            await wait_for_state(lobby, party, SearchState.CANCELLED)
            assert (await search_of(lobby, party)).cancel_reason is SearchCancelReason.MAINTENANCE


async def test_a_maintenance_cancels_a_match_that_an_earlier_matchmaker_has_proposed(lobby: World) -> None:
    async with matchmaking(lobby):
        parties = [await start(lobby, name, size=2) for name in ("ann", "bob")]
        for party in parties:
            await wait_for_state(lobby, party, SearchState.PROPOSED)
    async with matchmaking(lobby, lambda at: True):
        for party in parties:
            await wait_for_state(lobby, party, SearchState.CANCELLED)
            assert (await search_of(lobby, party)).cancel_reason is SearchCancelReason.MAINTENANCE


async def test_others_go_on_while_many_search_at_once(lobby: World) -> None:
    parties = [await start(lobby, f"p{number}", size=2) for number in range(PARTIES)]
    longest = 0.0
    async with matchmaking(lobby) as matchmaker:
        left = {party.id: party for party in parties}
        async with asyncio.timeout(20):
            while left:
                began_at = perf_counter()
                await asyncio.sleep(0)
                longest = max(longest, perf_counter() - began_at)
                party_id, party = next(iter(left.items()))
                if (await search_of(lobby, party)).state is SearchState.PROPOSED:
                    del left[party_id]
        assert longest < STALL_MAX_S
        assert matchmaker.longest_slice_s < STALL_MAX_S
