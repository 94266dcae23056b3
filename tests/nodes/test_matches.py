"""Matches of parties in different partitions, whose node dies between two steps, and nodes that act at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from lobby.app.idempotency import CommandResult
from lobby.app.matchmaking.search_service import ProposalResult, SearchService
from lobby.domain.events import MemberJoined, MemberLeft, PartySearchChanged
from lobby.domain.matching import candidate_of
from lobby.domain.model import Party
from lobby.domain.search import SearchCriteria
from lobby.domain.values import GameType, SearchState
from lobby.ports import Unavailable
from tests.lobby.app.world import a_key, done
from tests.lobby.domain.scenes import player
from tests.manual_clock import ManualClock
from tests.nodes.node import Node, node
from tests.nodes.test_dying import STEPS_MAX, start_dying_node
from tests.waiting import wait_until
from tools.chaos.valkey.server import ValkeyServer

PARTITIONS = 16
PARTIES = 4
ROUNDS = 6


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit of a dead node is undone after a short time."""
    monkeypatch.setattr("lobby.stores.valkey.multi_party_commit.OPEN_MS", 100)


@pytest.fixture
async def survivor(valkey: ValkeyServer, clock: ManualClock) -> AsyncIterator[Node]:
    async with node(valkey.url, clock, partitions=PARTITIONS) as survivor:
        yield survivor


async def search(on: Node, name: str) -> Party:
    party = await on.create(name)
    wanted = SearchCriteria(GameType.COOP, PARTIES, region=name.split()[-1])
    return done(await SearchService(on.handler).start(player(name), party.id, wanted)).party


async def searching(on: Node, round: int) -> list[Party]:
    return [await search(on, f"p{number} of {round}") for number in range(PARTIES)]


async def propose(service: SearchService, parties: list[Party]) -> ProposalResult:
    candidates = [candidate for party in parties if (candidate := candidate_of(party)) is not None]
    return await service.propose(candidates)


async def states(on: Node, parties: list[Party]) -> set[SearchState]:
    now = [await on.store.party(party.id) for party in parties]
    return {party.search.state for party in now if party is not None and party.search is not None}


async def test_a_match_is_proposed_to_all_or_none_wherever_its_node_dies(
    valkey: ValkeyServer, survivor: Node, clock: ManualClock
) -> None:
    for calls in range(STEPS_MAX):
        parties = await searching(survivor, calls)
        dying = await start_dying_node(valkey.url, survivor, clock, calls)
        result = None
        with suppress(Unavailable):
            result = await propose(SearchService(dying.handler), parties)
        await dying.store.close()
        after = await states(survivor, parties)
        assert after in ({SearchState.SEARCHING}, {SearchState.PROPOSED})
        for party in parties:
            entries = [entry.event for entry in await survivor.store.entries(party.id, 0, 100)]
            proposals = [event for event in entries if isinstance(event, PartySearchChanged) and event.search.match]
            assert len(proposals) == (after == {SearchState.PROPOSED})
        if result is ProposalResult.PROPOSED:
            return
    raise AssertionError("it takes more steps than that")


async def test_parties_become_one_once_wherever_the_node_of_the_last_accept_dies(
    valkey: ValkeyServer, survivor: Node, clock: ManualClock
) -> None:
    service = SearchService(survivor.handler)
    for calls in range(STEPS_MAX):
        parties = await searching(survivor, calls)
        assert await propose(service, parties) is ProposalResult.PROPOSED
        names = [party.members[0].player.id for party in parties]
        ids = [party.search.id for party in parties if party.search is not None]
        for name, id in zip(names[:-1], ids[:-1], strict=True):
            done(await service.accept(player(name), id))
        dying = await start_dying_node(valkey.url, survivor, clock, calls)
        outcome = await SearchService(dying.handler).accept(player(names[-1]), ids[-1], a_key())
        await dying.store.close()
        again = done(await service.accept(player(names[-1]), ids[-1], a_key()))
        assert again.party.search is not None
        assert again.party.search.state is SearchState.MATCHED
        party_id = again.party.search.matched_party_id
        assert party_id is not None
        assert await states(survivor, parties) == {SearchState.MATCHED}
        merged = await survivor.store.party(party_id)
        assert merged is not None
        assert sorted(member.player.id for member in merged.members) == sorted(names)
        for name, party in zip(names, parties, strict=True):
            assert await survivor.store.party_of_player(name) == party_id
            moves = [entry.event for entry in await survivor.store.entries(party.id, 0, 100)]
            left = [event for event in moves if isinstance(event, MemberLeft)]
            assert len(left) == (party.id != party_id)
        joined = [entry.event for entry in await survivor.store.entries(party_id, 0, 100)]
        assert sum(isinstance(event, MemberJoined) for event in joined) == PARTIES - 1
        if isinstance(outcome, CommandResult):
            assert again.replayed
            return
    raise AssertionError("it takes more steps than that")


@pytest.mark.parametrize("partitions", [1, PARTITIONS])
async def test_accepts_and_a_cancel_on_several_nodes_agree_on_the_end(
    valkey: ValkeyServer, clock: ManualClock, partitions: int
) -> None:
    async with (
        node(valkey.url, clock, partitions=partitions) as one,
        node(valkey.url, clock, partitions=partitions) as two,
    ):
        services = [SearchService(one.handler), SearchService(two.handler)]
        ends = [await race(services, one, two, round) for round in range(ROUNDS)]
        assert SearchState.CANCELLED in ends


async def race(services: list[SearchService], one: Node, two: Node, round: int) -> SearchState:
    """All players accept, each over one of two nodes, while a leader cancels. The answer to that leader holds for all."""
    parties = await searching(one, round)
    assert await propose(services[0], parties) is ProposalResult.PROPOSED
    names = [party.members[0].player.id for party in parties]
    ids = [party.search.id for party in parties if party.search is not None]

    async def cancel() -> SearchState:
        await asyncio.sleep(0.003 * (round % 4))
        party = done(await services[round % 2].cancel(player(names[0]), ids[0])).party
        assert party.search is not None
        return party.search.state

    accepts = (services[number % 2].accept(player(names[number]), ids[number]) for number in range(PARTIES))
    told, _ = await asyncio.gather(cancel(), asyncio.gather(*accepts))
    is_matched = told is SearchState.MATCHED
    expected = {SearchState.MATCHED} if is_matched else {SearchState.CANCELLED, SearchState.SEARCHING}

    async def has_ended() -> bool:
        return await states(two, parties) == expected

    await wait_until(has_ended)
    return told
