"""Saved runs over many sessions: how many a player has, what a page shows, and what erasing a player leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from lobby.app.command_handler import GAME_SERVERS
from lobby.app.run_service import RunService
from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.model import Party
from lobby.domain.rejections import RejectionCode
from lobby.ports import BadPageCursor
from tests.lobby.app.world import World, a_key, code, done, rejection_of
from tests.lobby.app.world import world as made
from tests.lobby.domain.scenes import player

RUNS_MAX = 3


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with made(bounds=Bounds(countdown_default_s=0)) as world:
        yield world


@pytest.fixture
def runs(world: World) -> RunService:
    return RunService(world.handler, world.join_service.proposals, RUNS_MAX)


async def save_run(world: World, runs: RunService, party: Party, session_id: str, data: str = "state") -> None:
    leader = (await world.now(party)).leader
    assert leader is not None
    await world.execute(party, c.StartSession(leader.player, session_id, force=True))
    await world.execute(party, c.BeginSession(session_id))
    done(await runs.save(c.SaveCheckpoint(leader.player, session_id, data)))
    world.clock.at += 1_000
    await world.execute(party, c.CompleteSession(None, session_id))


async def sessions_of(runs: RunService, name: str, first: int = 50) -> list[str]:
    return [run.session_id for run in (await runs.runs_of(name, first, None)).items]


async def test_the_oldest_run_of_a_player_goes_when_there_are_too_many(world: World, runs: RunService) -> None:
    party = await world.party("ann", "bob")
    await save_run(world, runs, party, "s0")
    await world.execute(party, c.LeaveParty(player("bob")))
    for number in range(1, RUNS_MAX + 1):
        await save_run(world, runs, party, f"s{number}")
    assert await sessions_of(runs, "ann") == ["s3", "s2", "s1"]
    assert await sessions_of(runs, "bob") == ["s0"], "the run is kept for those who have room for it"
    assert await runs.checkpoint_data("s0", "bob") == "state"
    run = await world.store.saved_run("s0")
    assert run is not None
    assert [seat.player.id for seat in run.seats] == ["bob"]


async def test_a_run_goes_with_the_last_player_who_has_room_for_it(world: World, runs: RunService) -> None:
    party = await world.party("ann")
    for number in range(RUNS_MAX + 1):
        await save_run(world, runs, party, f"s{number}")
    assert await world.store.saved_run("s0") is None
    assert (await world.store.store_counts()).saved_runs == RUNS_MAX


async def test_a_running_run_is_not_listed_yet(world: World, runs: RunService) -> None:
    party = await world.party("ann")
    await save_run(world, runs, party, "s0")
    await world.execute(party, c.StartSession(player("ann"), "s1", force=True))
    await world.execute(party, c.BeginSession("s1"))
    done(await runs.save(c.SaveCheckpoint(player("ann"), "s1", "state")))
    assert await sessions_of(runs, "ann") == ["s0"]
    rejection = rejection_of(await runs.continue_run(player("ann"), "s1", leave_current=True))
    assert (rejection.code, rejection.retryable) == (RejectionCode.INVALID_INPUT, True)


@pytest.mark.parametrize("after", ["", "x", "!", "MTIz", "LTEuYQ==", "MTExMTExMTExMTExMTExMTExMTExLmE="])
async def test_a_cursor_of_something_else_is_refused(runs: RunService, after: str) -> None:
    with pytest.raises(BadPageCursor):
        await runs.runs_of("ann", 1, after)


async def test_an_erased_player_is_in_no_run_any_more(world: World, runs: RunService) -> None:
    party = await world.party("ann", "bob")
    await save_run(world, runs, party, "s0")
    await world.execute(party, c.LeaveParty(player("bob")))
    await save_run(world, runs, party, "s1")
    assert await runs.erase_player("ann") == 2
    assert await sessions_of(runs, "ann") == []
    assert await world.store.saved_run("s1") is None
    assert await world.store.checkpoint_data("s1") is None
    kept = await world.store.saved_run("s0")
    assert kept is not None
    assert [seat.player.id for seat in kept.seats] == ["bob"]
    assert await runs.erase_player("ann") == 0


async def test_all_players_of_a_run_who_continue_it_at_once_are_in_one_party(world: World, runs: RunService) -> None:
    names = ("ann", "bob", "cid", "dee")
    party = await world.party(*names)
    await save_run(world, runs, party, "s0")
    await world.execute(party, c.DisbandParty(player("ann")))
    outcomes = await asyncio.gather(*(runs.continue_run(player(name), "s0") for name in names))
    assert len({done(outcome).party.id for outcome in outcomes}) == 1
    party_id = await world.store.continuation_of("s0")
    assert party_id is not None
    continued = await world.store.party(party_id)
    assert continued is not None
    assert {member.player.id for member in continued.members} == set(names)


async def test_continuing_twice_with_one_key_opens_one_party(world: World, runs: RunService) -> None:
    party = await world.party("ann")
    await save_run(world, runs, party, "s0")
    await world.execute(party, c.DisbandParty(player("ann")))
    first = done(await runs.continue_run(player("ann"), "s0", idempotency_key=a_key()))
    again = done(await runs.continue_run(player("ann"), "s0", idempotency_key=a_key()))
    assert (again.party.id, again.replayed) == (first.party.id, True)


async def test_an_unsaved_session_that_continues_stands_for_its_run(world: World, runs: RunService) -> None:
    party = await world.party("ann", "bob")
    await save_run(world, runs, party, "s0", "the state of s0")
    await world.execute(party, c.DisbandParty(player("ann")))
    continued = done(await runs.continue_run(player("ann"), "s0")).party
    await world.execute(continued, c.StartSession(player("ann"), "s1", force=True))
    await world.execute(continued, c.BeginSession("s1"))
    assert await runs.checkpoint_data("s1", GAME_SERVERS) == "the state of s0"
    await world.execute(continued, c.CompleteSession(None, "s1"))
    await world.execute(continued, c.DisbandParty(player("ann")))
    again = done(await runs.continue_run(player("bob"), "s1")).party
    assert again.continues is not None
    assert again.continues.checkpoint.session_id == "s0"
    assert code(await runs.continue_run(player("eve"), "s1")) is RejectionCode.NOT_FOUND
