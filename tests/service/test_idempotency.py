"""A mutation with a key happens once, however often it is sent."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from lobby.domain import commands as c
from lobby.domain.events import MessagePosted
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import Visibility
from lobby.ports import Retention
from lobby.service import UNAVAILABLE, Done
from tests.domain.scenes import player
from tests.service import world as worlds
from tests.service.world import World, code, done, once

DAY_S = 24 * 3600


@pytest.fixture(params=["asks first", "asks once told"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """A lobby that looks a key up before each command; or one for which that is a call, and that waits for a Conflict."""
    async with worlds.world() as made:
        made.store.recalls_at_once = request.param == "asks first"
        yield made


async def test_the_same_key_answers_the_same_and_changes_nothing_again(world: World) -> None:
    party = await world.party("ann", "bob")
    first = done(await world.says("bob", "hello", party, once()))
    again = done(await world.says("bob", "hello", party, once()))
    assert (again.party, first.replayed, again.replayed) == (first.party, False, True)
    assert len(await world.log(party)) == 3


async def test_a_replay_answers_as_of_then_however_far_the_party_has_gone(world: World) -> None:
    party = await world.party("ann", "bob")
    first = done(await world.says("bob", "hello", party, once()))
    await world.does(party, c.DisbandParty(player("ann")))
    assert done(await world.says("bob", "hello", party, once())).party == first.party


async def test_a_replay_gives_no_hint(world: World) -> None:
    party = await world.party("ann")
    await world.says("ann", "hello", party, once())
    world.hints.given.clear()
    await world.says("ann", "hello", party, once())
    assert world.hints.given == []


async def test_the_same_key_with_another_input_is_refused(world: World) -> None:
    party = await world.party("ann")
    await world.says("ann", "hello", party, once(said="hello"))
    assert code(await world.says("ann", "bye", party, once(said="bye"))) is RejectionCode.IDEMPOTENCY_KEY_REUSED
    assert len(await world.log(party)) == 2


async def test_a_key_is_the_players_own(world: World) -> None:
    party = await world.party("ann", "bob")
    await world.says("ann", "hello", party, once(said="of ann"))
    assert not done(await world.says("bob", "hello", party, once(said="of bob"))).replayed


async def test_a_no_is_not_stored_and_leaves_the_key_free(world: World) -> None:
    party = await world.party("ann")
    kick = c.KickMember(player("ann"), "bob")
    assert code(await world.lobby.execute(party.id, kick, once())) is RejectionCode.NOT_MEMBER
    done(await world.join("bob", party.join_code))
    assert not done(await world.lobby.execute(party.id, kick, once())).replayed
    assert done(await world.lobby.execute(party.id, kick, once())).replayed


async def test_what_changed_nothing_is_stored_all_the_same(world: World) -> None:
    """Else the retry of a join could enter again after a kick."""
    party = await world.party("ann", "bob")
    first = done(await world.join("bob", party.join_code, once=once()))
    await world.does(party, c.LeaveParty(player("bob")))
    again = done(await world.join("bob", party.join_code, once=once()))
    assert (again.replayed, again.party, await world.store.seat_of("bob")) == (True, first.party, None)


async def test_two_at_once_change_once_and_answer_alike(world: World) -> None:
    party = await world.party("ann")
    answers = await asyncio.gather(*(world.says("ann", "hello", party, once()) for _ in range(8)))
    assert Counter(done(answer).replayed for answer in answers) == {False: 1, True: 7}
    assert {done(answer).seq for answer in answers} == {2}
    assert sum(isinstance(event, MessagePosted) for event in await world.events(party)) == 1


async def test_the_second_waits_for_the_first(world: World) -> None:
    party = await world.party("ann")
    world.disk.hold()
    first = asyncio.create_task(world.says("ann", "hello", party, once()))
    await world.disk.asked.wait()
    second = asyncio.create_task(world.says("ann", "hello", party, once()))
    await asyncio.wait([second], timeout=0.02)
    assert not second.done()
    world.disk.release()
    assert (done(await first).replayed, done(await second).replayed) == (False, True)


async def test_neither_is_told_a_key_was_used_by_a_mutation_that_was_undone(world: World) -> None:
    party = await world.party("ann")
    world.disk.hold()
    first = asyncio.create_task(world.says("ann", "hello", party, once(said="hello")))
    await world.disk.asked.wait()
    second = asyncio.create_task(world.says("ann", "bye", party, once(said="bye")))
    await asyncio.wait([second], timeout=0.02)
    world.disk.release(fails=True)
    assert [await first, await second] == [UNAVAILABLE, UNAVAILABLE]
    world.disk.release()
    assert not done(await world.says("ann", "bye", party, once(said="bye"))).replayed


async def test_two_at_once_with_a_password_to_hash_make_one_party(world: World) -> None:
    answers = await asyncio.gather(*(world.create("ann", password="sesame", once=once()) for _ in range(3)))
    assert len({done(answer).party.id for answer in answers}) == 1
    assert Counter(done(answer).replayed for answer in answers) == {False: 1, True: 2}


async def test_two_leaves_at_once_are_one_leave_for_both(world: World) -> None:
    """The second finds no member any more: but that is the first one's doing."""
    party = await world.party("ann", "bob")
    leave = c.LeaveParty(player("bob"))
    answers = await asyncio.gather(*(world.lobby.execute(party.id, leave, once()) for _ in range(2)))
    assert [done(answer).replayed for answer in answers] == [False, True]


async def test_an_attempt_that_died_between_commit_and_answer_is_answered_by_the_next(world: World) -> None:
    party = await world.party("ann")
    world.disk.hold()
    dying = asyncio.create_task(world.says("ann", "hello", party, once()))
    await world.disk.asked.wait()
    dying.cancel()
    await asyncio.wait([dying])
    world.disk.release()
    again = done(await world.says("ann", "hello", party, once()))
    assert (again.replayed, again.seq, len(await world.log(party))) == (True, 2, 2)


async def test_moving_with_a_key_moves_once(world: World) -> None:
    old, new = await world.party("ann", "bob"), await world.party("cid")
    for replayed in (False, True):
        answer = done(await world.join("bob", new.join_code, leave_current=True, once=once()))
        assert (answer.replayed, answer.party.id) == (replayed, new.id)
    assert (len(await world.log(old)), len(await world.log(new))) == (3, 2)


async def test_a_key_is_kept_for_a_day(world: World) -> None:
    party = await world.party("ann")
    await world.says("ann", "hello", party, once())
    world.clock.passes(DAY_S - 1)
    await world.store.sweep(world.clock.now())
    assert done(await world.says("ann", "hello", party, once())).replayed
    world.clock.passes(1)
    await world.store.sweep(world.clock.now())
    assert not done(await world.says("ann", "hello", party, once())).replayed


async def test_a_game_servers_key_counts_too(world: World) -> None:
    """It is no player, so its keys are its own as well: `complete` sent twice is one end of one session."""
    party = await world.party("ann", countdown_s=0)
    await world.does(party, c.StartSession(player("ann"), "run"))
    await world.does(party, c.BeginSession("run"))
    ending = c.CompleteSession(None, "run", "won")
    answers = [await world.lobby.execute_in_session("run", ending, once()) for _ in range(2)]
    assert [done(answer).replayed for answer in answers] == [False, True]
    assert done(answers[0]).party == done(answers[1]).party


async def test_a_replay_whose_entry_is_no_longer_kept_shows_the_party_as_it_stands() -> None:
    async with worlds.world(retention=Retention(entries_min=1, log_ms=1000)) as world:
        party = await world.party("ann")
        await world.says("ann", "hello", party, once())
        await world.says("ann", "more", party)
        world.clock.passes(2)
        await world.store.sweep(world.clock.now())
        again = done(await world.says("ann", "hello", party, once()))
        assert again == Done(await world.now(party), replayed=True)


async def test_a_replay_in_a_private_party_that_was_left_and_is_not_kept_shows_nothing_of_it() -> None:
    async with worlds.world(retention=Retention(entries_min=1, log_ms=1000)) as world:
        party = await world.party("ann", "bob", visibility=Visibility.PRIVATE)
        leave = c.LeaveParty(player("bob"))
        await world.lobby.execute(party.id, leave, once())
        await world.says("ann", "more", party)
        world.clock.passes(2)
        await world.store.sweep(world.clock.now())
        assert code(await world.lobby.execute(party.id, leave, once())) is RejectionCode.NOT_FOUND
