"""A session gets its endpoint once, in time or not at all; and its game server is released."""

from __future__ import annotations

from pathlib import Path

import pytest

from lobby.domain import commands as c
from lobby.domain.events import CountdownCancelled, MemberLeft, SessionStarted
from lobby.domain.model import Party
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.values import CancelReason, PartyState, SessionStatus, Visibility
from lobby.ports import AllocationFailed, AllocationPending, EndedSession
from tests.lobby.domain.scenes import START, player
from tests.lobby.live.fleet import SERVER, Fleet
from tests.lobby.live.live_lobby import LiveLobby, live_lobby

ANN = player("ann")
COUNTDOWN_S, ALLOCATION_S = 5, 30


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


async def starting(lobby: LiveLobby, *others: str, name: str = "ann", session_id: str = "run") -> Party:
    """A party whose countdown is over."""
    party = await lobby.world.party(name, *others, countdown_s=COUNTDOWN_S)
    party = await lobby.world.execute(party, c.StartSession(player(name), session_id, force=True))
    lobby.world.clock.advance(COUNTDOWN_S)
    return party


def runs(party: Party) -> bool:
    return party.state is PartyState.IN_PROGRESS


def waits(party: Party) -> bool:
    return party.state is PartyState.WAITING


async def test_a_session_begins_on_the_allocated_game_server(lobby: LiveLobby, fleet: Fleet) -> None:
    party = await starting(lobby)
    async with lobby.deadlines(fleet):
        running = await lobby.wait_until(party, runs)
    assert running.session is not None
    assert (running.session.endpoint, running.session.allocation) == (SERVER, "run")


async def test_nothing_is_allocated_before_the_countdown_is_over(lobby: LiveLobby, fleet: Fleet) -> None:
    party = await lobby.world.party("ann", countdown_s=COUNTDOWN_S)
    await lobby.world.execute(party, c.StartSession(ANN, "run"))
    async with lobby.deadlines(fleet):
        lobby.world.clock.advance(COUNTDOWN_S - 0.001)
        await lobby.wait_for_presence()
        await lobby.world.execute(party, c.CancelStart(ANN))
        await lobby.wait_for_presence()
    assert (fleet.allocated, fleet.released) == ([], [])


async def test_repeated_deadlines_start_one_allocation(lobby: LiveLobby, fleet: Fleet) -> None:
    fleet.pause()
    party = await starting(lobby)
    async with lobby.deadlines(fleet):
        await fleet.until(lambda: fleet.allocated)
        for _ in range(3):
            lobby.world.clock.advance(6)  # what nobody moved is handed out again every 5 s
            await lobby.world.post_message("ann", "any moment now", party)  # and what somebody moved at once
            await lobby.wait_for_presence()
        fleet.resume()
        await lobby.wait_until(party, runs)
    started = [event for event in await lobby.world.events(party) if isinstance(event, SessionStarted)]
    assert (fleet.allocated, started) == (["run"], [SessionStarted(SERVER, "run")])


async def test_two_nodes_with_an_allocation_each_begin_the_session_once(lobby: LiveLobby) -> None:
    fleets = Fleet(), Fleet()
    for fleet in fleets:
        fleet.pause()
    party = await starting(lobby)
    async with lobby.deadlines(fleets[0]), lobby.deadlines(fleets[1]):
        await fleets[0].until(lambda: fleets[0].allocated)
        lobby.world.clock.advance(6)
        await lobby.world.post_message("ann", "hello", party)
        await fleets[1].until(lambda: fleets[1].allocated)
        for fleet in fleets:
            fleet.resume()
        await lobby.wait_until(party, runs)
        await lobby.wait_for_presence()
    started = [event for event in await lobby.world.events(party) if isinstance(event, SessionStarted)]
    assert (len(started), fleets[0].released, fleets[1].released) == (1, [], [])


async def test_an_allocation_that_takes_too_long_is_cancelled_and_released(lobby: LiveLobby, fleet: Fleet) -> None:
    fleet.pause()
    party = await starting(lobby)
    async with lobby.deadlines(fleet):
        await fleet.until(lambda: fleet.allocated)
        lobby.world.clock.advance(ALLOCATION_S - 0.001)
        await lobby.wait_for_presence()
        assert not waits(await lobby.world.now(party))
        lobby.world.clock.advance(0.001)
        await lobby.wait_until(party, waits)
        await fleet.until(lambda: fleet.released)
    assert (await lobby.world.events(party))[-1] == CountdownCancelled(CancelReason.ALLOCATION_FAILED)
    assert fleet.released == [EndedSession("run", party.id)]


async def test_a_pending_allocation_is_retried(lobby: LiveLobby, fleet: Fleet) -> None:
    fleet.failure = AllocationPending("all full", retry_after_s=0)
    party = await starting(lobby)
    async with lobby.deadlines(fleet):
        await fleet.until(lambda: len(fleet.allocated) >= 3)
        assert not waits(await lobby.world.now(party))
        fleet.failure = None
        await lobby.wait_until(party, runs)


async def test_a_failed_allocation_is_given_up_at_once(lobby: LiveLobby, fleet: Fleet) -> None:
    fleet.failure = AllocationFailed("no such dungeon")
    party = await starting(lobby)
    async with lobby.deadlines(fleet):
        await lobby.wait_until(party, waits)
        await fleet.until(lambda: fleet.released)
    assert (await lobby.world.events(party))[-1] == CountdownCancelled(CancelReason.ALLOCATION_FAILED)
    assert (fleet.allocated, fleet.released) == (["run"], [EndedSession("run", party.id)])


async def test_a_party_can_start_again_after_a_failed_allocation(lobby: LiveLobby, fleet: Fleet) -> None:
    fleet.failure = AllocationFailed("no such dungeon")
    party = await starting(lobby)
    async with lobby.deadlines(fleet):
        await lobby.wait_until(party, waits)
        fleet.failure = None
        await lobby.world.execute(party, c.StartSession(ANN, "again", force=True))
        lobby.world.clock.advance(COUNTDOWN_S)
        assert (await lobby.wait_until(party, runs)).session is not None
    assert fleet.allocated == ["run", "again"]


async def test_a_start_cancelled_during_the_allocation_is_released(lobby: LiveLobby, fleet: Fleet) -> None:
    fleet.pause()
    party = await starting(lobby)
    async with lobby.deadlines(fleet):
        await fleet.until(lambda: fleet.allocated)
        await lobby.world.execute(party, c.CancelStart(ANN))
        await fleet.until(lambda: fleet.released)
        fleet.resume()
        await lobby.wait_for_presence()
    assert (fleet.released, waits(await lobby.world.now(party))) == ([EndedSession("run", party.id)], True)


async def test_an_absent_member_is_removed_in_time_during_an_allocation(lobby: LiveLobby, fleet: Fleet) -> None:
    fleet.pause()
    party = await starting(lobby, "bob")
    await lobby.world.execute(party, c.SetPresence("bob", connected=False))
    async with lobby.deadlines(fleet):
        await fleet.until(lambda: fleet.allocated)
        lobby.world.clock.advance(10)
        left = await lobby.wait_until(party, lambda now: now.member("bob") is None)
        assert left.state is PartyState.STARTING
        assert isinstance((await lobby.world.events(party))[-1], MemberLeft)


@pytest.mark.parametrize("status", [SessionStatus.COMPLETE, SessionStatus.ABANDONED])
async def test_an_ended_session_is_released_once(lobby: LiveLobby, fleet: Fleet, status: SessionStatus) -> None:
    party = await starting(lobby)
    async with lobby.deadlines(fleet):
        await lobby.wait_until(party, runs)
        await lobby.world.execute(party, c.CompleteSession(ANN, "run", "done", status))
        await fleet.until(lambda: fleet.released)
        await lobby.wait_for_presence()
    assert fleet.released == [EndedSession("run", party.id, status, "done")]


async def test_a_release_that_fails_is_retried(lobby: LiveLobby, fleet: Fleet) -> None:
    fleet.release_failure = AllocationPending("come again", retry_after_s=0)
    party = await starting(lobby)
    async with lobby.deadlines(fleet):
        await lobby.wait_until(party, runs)
        await lobby.world.execute(party, c.CompleteSession(ANN, "run"))
        await fleet.until(lambda: len(fleet.released) >= 3)
        fleet.release_failure = None


async def test_an_abandoned_session_is_released(lobby: LiveLobby, fleet: Fleet) -> None:
    party = await starting(lobby)
    async with lobby.deadlines(fleet):
        await lobby.wait_until(party, runs)
        await lobby.world.execute(party, c.DisbandParty(ANN))
        await fleet.until(lambda: fleet.released)
    assert fleet.released == [EndedSession("run", party.id, SessionStatus.ABANDONED)]


async def test_a_session_begins_once_the_failing_disk_works_again(lobby: LiveLobby, fleet: Fleet) -> None:
    party = await starting(lobby)
    async with lobby.deadlines(fleet):
        lobby.world.disk.release(fails=True)
        await fleet.until(lambda: len(fleet.allocated) >= 2)
        assert (await lobby.world.now(party)).state is PartyState.STARTING
        lobby.world.disk.release()
        await lobby.wait_until(party, runs)
    assert set(fleet.allocated) == {"run"}


async def test_the_next_server_continues_the_allocation_of_a_dead_one(tmp_path: Path) -> None:
    """The same session is allocated again, and begins on the game server of the second allocation."""
    file = tmp_path / "lobby.db"
    async with live_lobby(file=file) as dying:
        fleet = Fleet()
        fleet.pause()
        party = await starting(dying)
        async with dying.deadlines(fleet):
            await fleet.until(lambda: fleet.allocated)
    async with live_lobby(file=file, at=START + 20_000) as next_lobby:
        again = Fleet()
        async with next_lobby.deadlines(again):
            await next_lobby.wait_until(party, runs)
    assert (fleet.allocated, again.allocated, fleet.released, again.released) == (["run"], ["run"], [], [])


async def test_the_next_server_makes_the_release_that_a_dead_one_missed(tmp_path: Path) -> None:
    """It repeats the releases of the last two minutes, also for private parties. Earlier ones had enough time."""
    file = tmp_path / "lobby.db"
    deaf = Fleet(needs_release=False)
    async with live_lobby(file=file) as dying, dying.deadlines(deaf):
        for number, later_s in enumerate((300, 1, 1)):
            leader = player(f"player{number}")
            party = await starting(dying, name=leader.id, session_id=f"run{number}")
            await dying.wait_until(party, runs)
            await dying.world.execute(party, c.UpdateParty(leader, SettingsPatch(visibility=Visibility.PRIVATE)))
            await dying.world.execute(party, c.CompleteSession(leader, f"run{number}"))
            dying.world.clock.advance(later_s)
        at = dying.world.clock.at
    async with live_lobby(file=file, at=at) as next_lobby:
        fleet = Fleet()
        async with next_lobby.deadlines(fleet):
            await fleet.until(lambda: len(fleet.released) >= 2)
            await next_lobby.wait_for_presence()
    assert sorted(run.session_id for run in fleet.released) == ["run1", "run2"]
