"""A session gets its endpoint once, in time or not at all; and whatever was taken for it is given back."""

from __future__ import annotations

from pathlib import Path

import pytest

from lobby.domain import commands as c
from lobby.domain.events import CountdownCancelled, MemberLeft, SessionStarted
from lobby.domain.model import Party
from lobby.domain.values import CancelReason, PartyState, SessionStatus, Visibility
from lobby.ports import EndedRun, NoPlace, NoPlaceYet
from tests.domain.scenes import START, player
from tests.live.fleet import SERVER, Fleet
from tests.live.house import House, house

ANN = player("ann")
COUNTDOWN_S, ALLOCATION_S = 5, 30


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


async def starting(house: House, *others: str, name: str = "ann", session_id: str = "run") -> Party:
    """A party whose countdown is over."""
    party = await house.world.party(name, *others, countdown_s=COUNTDOWN_S)
    party = await house.world.does(party, c.StartSession(player(name), session_id, force=True))
    house.world.clock.passes(COUNTDOWN_S)
    return party


def runs(party: Party) -> bool:
    return party.state is PartyState.IN_PROGRESS


def waits(party: Party) -> bool:
    return party.state is PartyState.WAITING


async def test_a_session_begins_where_a_place_was_found(house: House, fleet: Fleet) -> None:
    party = await starting(house)
    async with house.deadlines(fleet):
        running = await house.comes_to(party, runs)
    assert running.session is not None
    assert (running.session.endpoint, running.session.allocation) == (SERVER, "run")


async def test_nothing_is_asked_for_before_the_countdown_is_over(house: House, fleet: Fleet) -> None:
    party = await house.world.party("ann", countdown_s=COUNTDOWN_S)
    await house.world.does(party, c.StartSession(ANN, "run"))
    async with house.deadlines(fleet):
        house.world.clock.passes(COUNTDOWN_S - 0.001)
        await house.presence_settles()
        await house.world.does(party, c.CancelStart(ANN))
        await house.presence_settles()
    assert (fleet.asked, fleet.told) == ([], [])


async def test_a_deadline_that_fires_again_and_again_asks_once(house: House, fleet: Fleet) -> None:
    fleet.holds()
    party = await starting(house)
    async with house.deadlines(fleet):
        await fleet.until(lambda: fleet.asked)
        for _ in range(3):
            house.world.clock.passes(6)  # what nobody moved is handed out again every 5 s
            await house.world.says("ann", "any moment now", party)  # and what somebody moved at once
            await house.presence_settles()
        fleet.goes_on()
        await house.comes_to(party, runs)
    started = [event for event in await house.world.events(party) if isinstance(event, SessionStarted)]
    assert (fleet.asked, started) == (["run"], [SessionStarted(SERVER, "run")])


async def test_two_nodes_that_both_find_a_place_begin_the_session_once(house: House) -> None:
    fleets = Fleet(), Fleet()
    for fleet in fleets:
        fleet.holds()
    party = await starting(house)
    async with house.deadlines(fleets[0]), house.deadlines(fleets[1]):
        await fleets[0].until(lambda: fleets[0].asked)
        house.world.clock.passes(6)
        await house.world.says("ann", "hello", party)
        await fleets[1].until(lambda: fleets[1].asked)
        for fleet in fleets:
            fleet.goes_on()
        await house.comes_to(party, runs)
        await house.presence_settles()
    started = [event for event in await house.world.events(party) if isinstance(event, SessionStarted)]
    assert (len(started), fleets[0].told, fleets[1].told) == (1, [], [])


async def test_what_takes_too_long_is_given_up_and_given_back(house: House, fleet: Fleet) -> None:
    fleet.holds()
    party = await starting(house)
    async with house.deadlines(fleet):
        await fleet.until(lambda: fleet.asked)
        house.world.clock.passes(ALLOCATION_S - 0.001)
        await house.presence_settles()
        assert not waits(await house.world.now(party))
        house.world.clock.passes(0.001)
        await house.comes_to(party, waits)
        await fleet.until(lambda: fleet.told)
    assert (await house.world.events(party))[-1] == CountdownCancelled(CancelReason.ALLOCATION_FAILED)
    assert fleet.told == [EndedRun("run", party.id)]


async def test_a_place_that_is_not_there_yet_is_asked_for_again(house: House, fleet: Fleet) -> None:
    fleet.no = NoPlaceYet("all full", retry_after_s=0)
    party = await starting(house)
    async with house.deadlines(fleet):
        await fleet.until(lambda: len(fleet.asked) >= 3)
        assert not waits(await house.world.now(party))
        fleet.no = None
        await house.comes_to(party, runs)


async def test_a_place_that_will_never_be_there_is_given_up_at_once(house: House, fleet: Fleet) -> None:
    fleet.no = NoPlace("no such dungeon")
    party = await starting(house)
    async with house.deadlines(fleet):
        await house.comes_to(party, waits)
        await fleet.until(lambda: fleet.told)
    assert (await house.world.events(party))[-1] == CountdownCancelled(CancelReason.ALLOCATION_FAILED)
    assert (fleet.asked, fleet.told) == (["run"], [EndedRun("run", party.id)])


async def test_the_party_can_try_again_after_a_failure(house: House, fleet: Fleet) -> None:
    fleet.no = NoPlace("no such dungeon")
    party = await starting(house)
    async with house.deadlines(fleet):
        await house.comes_to(party, waits)
        fleet.no = None
        await house.world.does(party, c.StartSession(ANN, "again", force=True))
        house.world.clock.passes(COUNTDOWN_S)
        assert (await house.comes_to(party, runs)).session is not None
    assert fleet.asked == ["run", "again"]


async def test_a_leader_who_calls_it_off_meanwhile_leaves_nothing_behind(house: House, fleet: Fleet) -> None:
    fleet.holds()
    party = await starting(house)
    async with house.deadlines(fleet):
        await fleet.until(lambda: fleet.asked)
        await house.world.does(party, c.CancelStart(ANN))
        await fleet.until(lambda: fleet.told)
        fleet.goes_on()
        await house.presence_settles()
    assert (fleet.told, waits(await house.world.now(party))) == ([EndedRun("run", party.id)], True)


async def test_a_member_who_is_gone_is_removed_in_time_while_a_place_is_looked_for(house: House, fleet: Fleet) -> None:
    fleet.holds()
    party = await starting(house, "bob")
    await house.world.does(party, c.SetPresence("bob", connected=False))
    async with house.deadlines(fleet):
        await fleet.until(lambda: fleet.asked)
        house.world.clock.passes(10)
        left = await house.comes_to(party, lambda now: now.member("bob") is None)
        assert left.state is PartyState.STARTING
        assert isinstance((await house.world.events(party))[-1], MemberLeft)


@pytest.mark.parametrize("status", [SessionStatus.COMPLETE, SessionStatus.ABANDONED])
async def test_the_end_of_a_run_is_told_once(house: House, fleet: Fleet, status: SessionStatus) -> None:
    party = await starting(house)
    async with house.deadlines(fleet):
        await house.comes_to(party, runs)
        await house.world.does(party, c.CompleteSession(ANN, "run", "done", status))
        await fleet.until(lambda: fleet.told)
        await house.presence_settles()
    assert fleet.told == [EndedRun("run", party.id, status, "done")]


async def test_an_end_that_is_not_heard_is_told_again(house: House, fleet: Fleet) -> None:
    fleet.release_no = NoPlaceYet("come again", retry_after_s=0)
    party = await starting(house)
    async with house.deadlines(fleet):
        await house.comes_to(party, runs)
        await house.world.does(party, c.CompleteSession(ANN, "run"))
        await fleet.until(lambda: len(fleet.told) >= 3)
        fleet.release_no = None


async def test_everyone_gone_is_an_end_too(house: House, fleet: Fleet) -> None:
    party = await starting(house)
    async with house.deadlines(fleet):
        await house.comes_to(party, runs)
        await house.world.does(party, c.DisbandParty(ANN))
        await fleet.until(lambda: fleet.told)
    assert fleet.told == [EndedRun("run", party.id, SessionStatus.ABANDONED)]


async def test_a_failing_disk_begins_nothing_and_the_session_begins_once_it_works(house: House, fleet: Fleet) -> None:
    party = await starting(house)
    async with house.deadlines(fleet):
        house.world.disk.release(fails=True)
        await fleet.until(lambda: len(fleet.asked) >= 2)
        assert (await house.world.now(party)).state is PartyState.STARTING
        house.world.disk.release()
        await house.comes_to(party, runs)
    assert set(fleet.asked) == {"run"}


async def test_what_was_under_way_when_a_server_died_is_begun_by_the_next(tmp_path: Path) -> None:
    """The same session is asked for again, and begins where the second answer says."""
    file = tmp_path / "lobby.db"
    async with house(file=file) as dying:
        fleet = Fleet()
        fleet.holds()
        party = await starting(dying)
        async with dying.deadlines(fleet):
            await fleet.until(lambda: fleet.asked)
    async with house(file=file, at=START + 20_000) as next_house:
        again = Fleet()
        async with next_house.deadlines(again):
            await next_house.comes_to(party, runs)
    assert (fleet.asked, again.asked, fleet.told, again.told) == (["run"], ["run"], [], [])


async def test_an_end_that_a_dying_server_did_not_tell_is_told_by_the_next(tmp_path: Path) -> None:
    """Those of the last two minutes of its life, whoever may see them; what ended before had its time."""
    file = tmp_path / "lobby.db"
    deaf = Fleet(hears_of_ends=False)
    async with house(file=file) as dying, dying.deadlines(deaf):
        for number, later_s in enumerate((300, 1, 1)):
            leader = player(f"player{number}")
            party = await starting(dying, name=leader.id, session_id=f"run{number}")
            await dying.comes_to(party, runs)
            await dying.world.does(party, c.UpdateParty(leader, c.SettingsPatch(visibility=Visibility.PRIVATE)))
            await dying.world.does(party, c.CompleteSession(leader, f"run{number}"))
            dying.world.clock.passes(later_s)
        at = dying.world.clock.at
    async with house(file=file, at=at) as next_house:
        fleet = Fleet()
        async with next_house.deadlines(fleet):
            await fleet.until(lambda: len(fleet.told) >= 2)
            await next_house.presence_settles()
    assert sorted(run.session_id for run in fleet.told) == ["run1", "run2"]
