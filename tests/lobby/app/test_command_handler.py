"""One command: load, decide, commit, publish a hint; and the state that queries return during it."""

from __future__ import annotations

import asyncio

import pytest

from lobby.app.command_handler import RETRY_AFTER_MS, UNAVAILABLE
from lobby.domain import commands as c
from lobby.domain.events import MemberJoined, MessagePosted, PartyCreated
from lobby.domain.rejections import NOT_FOUND, RejectionCode
from lobby.domain.values import Visibility
from tests.lobby.app import world as worlds
from tests.lobby.app.world import World, code, done, rejection_of
from tests.lobby.domain.scenes import player


async def test_the_result_of_a_command_is_in_the_log(world: World) -> None:
    party = await world.party("ann", "bob")
    answer = done(await world.post_message("bob", "hello", party))
    entry = (await world.log(party))[-1]
    assert (entry.event, entry.seq, entry.party) == (MessagePosted(player("bob"), "hello"), answer.seq, answer.party)


async def test_the_log_has_one_entry_for_each_step_and_no_holes(world: World) -> None:
    party = await world.party("ann", "bob", "cid")
    log = await world.log(party)
    assert [type(entry.event) for entry in log] == [PartyCreated, MemberJoined, MemberJoined]
    assert [entry.seq for entry in log] == [1, 2, 3]


async def test_a_hint_names_the_party_and_its_new_head(world: World) -> None:
    party = await world.party("ann", "bob")
    assert world.hints.published == [(party.id, 1), (party.id, 2)]


async def test_a_command_that_changes_nothing_publishes_no_hint(world: World) -> None:
    party = await world.party("ann", "bob")
    again = done(await world.join("bob", party.join_code))
    assert (again.seq, len(world.hints.published)) == (2, 2)


async def test_a_rejected_command_changes_nothing_and_publishes_no_hint(world: World) -> None:
    party = await world.party("ann")
    refusal = rejection_of(await world.post_message("eve", "let me in", party))
    assert (refusal.code, refusal.current) == (RejectionCode.NOT_MEMBER, party)
    assert (len(await world.log(party)), len(world.hints.published)) == (1, 1)


async def test_a_party_that_does_not_exist_is_not_found(world: World) -> None:
    assert await world.handler.execute("nowhere", c.LeaveParty(player("ann"))) == NOT_FOUND


async def test_a_session_that_does_not_exist_is_not_found(world: World) -> None:
    refusal = rejection_of(await world.handler.execute_in_session("none", c.JoinSession(player("ann"), "none")))
    assert (refusal.code, refusal.field) == (RejectionCode.NOT_FOUND, "session_id")


async def test_a_stranger_cannot_tell_a_private_session_from_a_missing_one(world: World) -> None:
    party = await world.party("ann", visibility=Visibility.PRIVATE, countdown_s=0)
    await world.execute(party, c.StartSession(player("ann"), "run"))
    await world.execute(party, c.BeginSession("run"))

    async def asked_for(session_id: str) -> object:
        return await world.handler.execute_in_session(session_id, c.JoinSession(player("eve"), session_id))

    assert await asked_for("run") == await asked_for("none")


async def test_no_result_hint_or_read_comes_before_the_change_is_durable(world: World) -> None:
    party = await world.party("ann")
    world.disk.hold()
    saying = asyncio.create_task(world.post_message("ann", "hello", party))
    await world.disk.write_waits.wait()
    assert (saying.done(), len(world.hints.published)) == (False, 1)
    assert (await world.now(party)).version == 1
    world.disk.release()
    assert (done(await saying).seq, len(world.hints.published), (await world.now(party)).version) == (2, 2, 2)


async def test_a_command_is_decided_on_the_newest_state_before_it_is_durable(world: World) -> None:
    party = await world.party("ann")
    world.disk.hold()
    both = asyncio.gather(world.post_message("ann", "one", party), world.post_message("ann", "two", party))
    await world.disk.write_waits.wait()
    world.disk.release()
    assert [done(answer).seq for answer in await both] == [2, 3]


async def test_a_rejection_waits_until_the_state_it_depends_on_is_durable(world: World) -> None:
    """Otherwise a crash could undo the change that was the reason."""
    party = await world.party("ann", max_members=2)
    world.disk.hold()
    joining = asyncio.create_task(world.join("bob", party.join_code))
    await world.disk.write_waits.wait()
    late = asyncio.create_task(world.join("cid", party.join_code))
    await asyncio.wait([late], timeout=0.02)
    assert not late.done()
    world.disk.release()
    assert (code(await joining), code(await late)) == (None, RejectionCode.PARTY_FULL)


async def test_a_failing_disk_undoes_a_command_and_those_that_depend_on_it(world: World) -> None:
    party = await world.party("ann", max_members=2)
    world.disk.hold()
    joining = [asyncio.create_task(world.join(name, party.join_code)) for name in ("bob", "cid")]
    await world.disk.write_waits.wait()
    await asyncio.sleep(0)
    world.disk.release(fails=True)
    assert await asyncio.gather(*joining) == [UNAVAILABLE, UNAVAILABLE]
    assert (await world.now(party), len(world.hints.published)) == (party, 1)


async def test_after_a_disk_failure_the_same_command_succeeds(world: World) -> None:
    party = await world.party("ann")
    world.disk.release(fails=True)
    refusal = rejection_of(await world.post_message("ann", "hello", party))
    assert (refusal.code, refusal.retryable, refusal.retry_after_ms) == (
        RejectionCode.UNAVAILABLE,
        True,
        RETRY_AFTER_MS,
    )
    world.disk.release()
    assert done(await world.post_message("ann", "hello", party)).seq == 2


async def test_a_command_above_the_commit_queue_is_unavailable() -> None:
    async with worlds.world(commits_waiting_max=2) as world:
        party = await world.party("ann")
        world.disk.hold()
        # The first is being written by then; two more wait behind it.
        saying = [asyncio.create_task(world.post_message("ann", "1", party))]
        await world.disk.write_waits.wait()
        saying += [asyncio.create_task(world.post_message("ann", str(number), party)) for number in (2, 3, 4)]
        await asyncio.wait(saying, timeout=0.02)
        world.disk.release()
        answers = await asyncio.gather(*saying)
        assert [code(answer) for answer in answers] == [None, None, None, RejectionCode.UNAVAILABLE]


async def test_commands_that_fail_at_the_same_time_are_one_line_of_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    party = await world.party("ann")
    world.disk.release(fails=True)
    for _ in range(20):
        await world.post_message("ann", "hello", party)
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["post_message failed, store unavailable: the disk failed"]
