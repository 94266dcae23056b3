"""A mutation with a key happens once, however often it is sent."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from lobby.app.command_handler import UNAVAILABLE
from lobby.app.idempotency import CommandResult, canonical_key
from lobby.domain import commands as c
from lobby.domain.events import MessagePosted
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import Visibility
from lobby.ports import Retention
from tests.lobby.app import world as worlds
from tests.lobby.app.world import World, a_key, code, done
from tests.lobby.domain.scenes import player

DAY_S = 24 * 3600


@pytest.mark.parametrize(
    "key",
    [
        "0B6E3C5A-77F1-4F6B-9C2D-1A2B3C4D5E6F",
        "0b6e3c5a77f14f6b9c2d1a2b3c4d5e6f",
        "{0B6e3c5a-77f1-4f6b-9c2d-1a2b3c4d5e6f}",
        "urn:uuid:0b6e3c5a-77f1-4f6b-9c2d-1a2b3c4d5e6f",
    ],
)
def test_a_key_that_is_a_uuid_is_the_same_key_in_every_form(key: str) -> None:
    assert canonical_key(key) == "0b6e3c5a-77f1-4f6b-9c2d-1a2b3c4d5e6f"


@pytest.mark.parametrize(
    "key", ["Key", "0B6E3C5A", "0B6E3C5A-77F1-4F6B-9C2D-1A2B3C4D5E6F ", "0B6E3C5A-77F1-4F6B-9C2D-1A2B3C4D5E6G"]
)
def test_a_key_that_is_no_uuid_stays_as_it_is(key: str) -> None:
    assert canonical_key(key) == key


async def test_the_same_key_returns_the_same_result_and_changes_nothing(world: World) -> None:
    party = await world.party("ann", "bob")
    first = done(await world.post_message("bob", "hello", party, a_key()))
    again = done(await world.post_message("bob", "hello", party, a_key()))
    assert (again.party, first.replayed, again.replayed) == (first.party, False, True)
    assert len(await world.log(party)) == 3


async def test_a_replay_returns_the_party_as_it_was_then(world: World) -> None:
    party = await world.party("ann", "bob")
    first = done(await world.post_message("bob", "hello", party, a_key()))
    await world.execute(party, c.DisbandParty(player("ann")))
    assert done(await world.post_message("bob", "hello", party, a_key())).party == first.party


async def test_a_replay_publishes_no_hint(world: World) -> None:
    party = await world.party("ann")
    await world.post_message("ann", "hello", party, a_key())
    world.hints.published.clear()
    await world.post_message("ann", "hello", party, a_key())
    assert world.hints.published == []


async def test_the_same_key_with_another_input_is_rejected(world: World) -> None:
    party = await world.party("ann")
    await world.post_message("ann", "hello", party, a_key(request="hello"))
    assert (
        code(await world.post_message("ann", "bye", party, a_key(request="bye")))
        is RejectionCode.IDEMPOTENCY_KEY_REUSED
    )
    assert len(await world.log(party)) == 2


async def test_players_can_use_equal_keys(world: World) -> None:
    party = await world.party("ann", "bob")
    await world.post_message("ann", "hello", party, a_key(request="of ann"))
    assert not done(await world.post_message("bob", "hello", party, a_key(request="of bob"))).replayed


async def test_the_key_of_a_rejected_command_can_be_used_again(world: World) -> None:
    party = await world.party("ann")
    kick = c.KickMember(player("ann"), "bob")
    assert code(await world.handler.execute(party.id, kick, a_key())) is RejectionCode.NOT_MEMBER
    done(await world.join("bob", party.join_code))
    assert not done(await world.handler.execute(party.id, kick, a_key())).replayed
    assert done(await world.handler.execute(party.id, kick, a_key())).replayed


async def test_a_command_that_changes_nothing_has_a_record(world: World) -> None:
    """Otherwise the retry of a join could enter again after a kick."""
    party = await world.party("ann", "bob")
    first = done(await world.join("bob", party.join_code, idempotency_key=a_key()))
    await world.execute(party, c.LeaveParty(player("bob")))
    again = done(await world.join("bob", party.join_code, idempotency_key=a_key()))
    assert (again.replayed, again.party, await world.store.party_of_player("bob")) == (True, first.party, None)


async def test_requests_with_one_key_at_once_change_once_with_one_result(world: World) -> None:
    party = await world.party("ann")
    answers = await asyncio.gather(*(world.post_message("ann", "hello", party, a_key()) for _ in range(8)))
    assert Counter(done(answer).replayed for answer in answers) == {False: 1, True: 7}
    assert {done(answer).seq for answer in answers} == {2}
    assert sum(isinstance(event, MessagePosted) for event in await world.events(party)) == 1


async def test_a_second_request_with_a_key_waits_for_the_first(world: World) -> None:
    party = await world.party("ann")
    world.disk.hold()
    first = asyncio.create_task(world.post_message("ann", "hello", party, a_key()))
    await world.disk.write_waits.wait()
    second = asyncio.create_task(world.post_message("ann", "hello", party, a_key()))
    await asyncio.wait([second], timeout=0.02)
    assert not second.done()
    world.disk.release()
    assert (done(await first).replayed, done(await second).replayed) == (False, True)


async def test_a_key_of_an_undone_command_counts_as_unused(world: World) -> None:
    party = await world.party("ann")
    world.disk.hold()
    first = asyncio.create_task(world.post_message("ann", "hello", party, a_key(request="hello")))
    await world.disk.write_waits.wait()
    second = asyncio.create_task(world.post_message("ann", "bye", party, a_key(request="bye")))
    await asyncio.wait([second], timeout=0.02)
    world.disk.release(fails=True)
    assert [await first, await second] == [UNAVAILABLE, UNAVAILABLE]
    world.disk.release()
    assert not done(await world.post_message("ann", "bye", party, a_key(request="bye"))).replayed


async def test_creations_with_one_key_and_a_password_create_one_party(world: World) -> None:
    answers = await asyncio.gather(*(world.create("ann", password="sesame", idempotency_key=a_key()) for _ in range(3)))
    assert len({done(answer).party.id for answer in answers}) == 1
    assert Counter(done(answer).replayed for answer in answers) == {False: 1, True: 2}


async def test_two_leaves_with_one_key_have_one_result(world: World) -> None:
    """The second finds no member any more, because the first has removed it."""
    party = await world.party("ann", "bob")
    leave = c.LeaveParty(player("bob"))
    answers = await asyncio.gather(*(world.handler.execute(party.id, leave, a_key()) for _ in range(2)))
    assert [done(answer).replayed for answer in answers] == [False, True]


async def test_a_retry_gets_the_result_that_a_cancelled_request_lost(world: World) -> None:
    party = await world.party("ann")
    world.disk.hold()
    dying = asyncio.create_task(world.post_message("ann", "hello", party, a_key()))
    await world.disk.write_waits.wait()
    dying.cancel()
    await asyncio.wait([dying])
    world.disk.release()
    again = done(await world.post_message("ann", "hello", party, a_key()))
    assert (again.replayed, again.seq, len(await world.log(party))) == (True, 2, 2)


async def test_a_move_with_a_key_happens_once(world: World) -> None:
    old, new = await world.party("ann", "bob"), await world.party("cid")
    for replayed in (False, True):
        answer = done(await world.join("bob", new.join_code, leave_current=True, idempotency_key=a_key()))
        assert (answer.replayed, answer.party.id) == (replayed, new.id)
    assert (len(await world.log(old)), len(await world.log(new))) == (3, 2)


async def test_a_key_is_kept_for_a_day(world: World) -> None:
    party = await world.party("ann")
    await world.post_message("ann", "hello", party, a_key())
    world.clock.advance(DAY_S - 1)
    await world.store.sweep(world.clock.now())
    assert done(await world.post_message("ann", "hello", party, a_key())).replayed
    world.clock.advance(1)
    await world.store.sweep(world.clock.now())
    assert not done(await world.post_message("ann", "hello", party, a_key())).replayed


async def test_a_game_servers_key_is_recorded(world: World) -> None:
    """Game servers have keys of their own: `complete` sent twice ends one session once."""
    party = await world.party("ann", countdown_s=0)
    await world.execute(party, c.StartSession(player("ann"), "run"))
    await world.execute(party, c.BeginSession("run"))
    ending = c.CompleteSession(None, "run", "won")
    answers = [await world.handler.execute_in_session("run", ending, a_key()) for _ in range(2)]
    assert [done(answer).replayed for answer in answers] == [False, True]
    assert done(answers[0]).party == done(answers[1]).party


async def test_a_replay_of_a_trimmed_entry_returns_the_party_as_it_is_now() -> None:
    async with worlds.world(retention=Retention(entries_min=1, log_ms=1000)) as world:
        party = await world.party("ann")
        await world.post_message("ann", "hello", party, a_key())
        await world.post_message("ann", "more", party)
        world.clock.advance(2)
        await world.store.sweep(world.clock.now())
        again = done(await world.post_message("ann", "hello", party, a_key()))
        assert again == CommandResult(await world.now(party), replayed=True)


async def test_a_replay_of_a_trimmed_entry_hides_a_private_party_from_former_members() -> None:
    async with worlds.world(retention=Retention(entries_min=1, log_ms=1000)) as world:
        party = await world.party("ann", "bob", visibility=Visibility.PRIVATE)
        leave = c.LeaveParty(player("bob"))
        await world.handler.execute(party.id, leave, a_key())
        await world.post_message("ann", "more", party)
        world.clock.advance(2)
        await world.store.sweep(world.clock.now())
        assert code(await world.handler.execute(party.id, leave, a_key())) is RejectionCode.NOT_FOUND
