"""One command through the door: load, decide, commit, hint; and what is shown meanwhile."""

from __future__ import annotations

import asyncio

from lobby.domain import commands as c
from lobby.domain.events import MemberJoined, MessagePosted, PartyCreated
from lobby.domain.rejections import NOT_FOUND, RejectionCode
from lobby.domain.values import Visibility
from lobby.service import RETRY_AFTER_MS, UNAVAILABLE
from tests.domain.scenes import player
from tests.service import world as worlds
from tests.service.world import World, code, done, refused


async def test_what_was_answered_is_in_the_log(world: World) -> None:
    party = await world.party("ann", "bob")
    answer = done(await world.says("bob", "hello", party))
    entry = (await world.log(party))[-1]
    assert (entry.event, entry.seq, entry.party) == (MessagePosted(player("bob"), "hello"), answer.seq, answer.party)


async def test_the_log_has_one_entry_for_each_step_and_no_holes(world: World) -> None:
    party = await world.party("ann", "bob", "cid")
    log = await world.log(party)
    assert [type(entry.event) for entry in log] == [PartyCreated, MemberJoined, MemberJoined]
    assert [entry.seq for entry in log] == [1, 2, 3]


async def test_a_hint_names_the_party_and_its_new_head(world: World) -> None:
    party = await world.party("ann", "bob")
    assert world.hints.given == [(party.id, 1), (party.id, 2)]


async def test_a_command_that_changes_nothing_is_answered_without_a_hint(world: World) -> None:
    party = await world.party("ann", "bob")
    again = done(await world.join("bob", party.join_code))
    assert (again.seq, len(world.hints.given)) == (2, 2)


async def test_a_no_changes_nothing_and_gives_no_hint(world: World) -> None:
    party = await world.party("ann")
    refusal = refused(await world.says("eve", "let me in", party))
    assert (refusal.code, refusal.current) == (RejectionCode.NOT_MEMBER, party)
    assert (len(await world.log(party)), len(world.hints.given)) == (1, 1)


async def test_a_party_that_does_not_exist_is_not_found(world: World) -> None:
    assert await world.lobby.execute("nowhere", c.LeaveParty(player("ann"))) == NOT_FOUND


async def test_a_session_that_does_not_exist_is_not_found(world: World) -> None:
    refusal = refused(await world.lobby.execute_in_session("none", c.JoinSession(player("ann"), "none")))
    assert (refusal.code, refusal.field) == (RejectionCode.NOT_FOUND, "session_id")


async def test_a_private_partys_session_is_as_unknown_to_a_stranger_as_one_that_does_not_exist(world: World) -> None:
    party = await world.party("ann", visibility=Visibility.PRIVATE, countdown_s=0)
    await world.does(party, c.StartSession(player("ann"), "run"))
    await world.does(party, c.BeginSession("run"))

    async def asked_for(session_id: str) -> object:
        return await world.lobby.execute_in_session(session_id, c.JoinSession(player("eve"), session_id))

    assert await asked_for("run") == await asked_for("none")


async def test_nothing_is_answered_hinted_or_shown_before_it_is_durable(world: World) -> None:
    party = await world.party("ann")
    world.disk.hold()
    saying = asyncio.create_task(world.says("ann", "hello", party))
    await world.disk.asked.wait()
    assert (saying.done(), len(world.hints.given)) == (False, 1)
    assert (await world.now(party)).version == 1
    world.disk.release()
    assert (done(await saying).seq, len(world.hints.given), (await world.now(party)).version) == (2, 2, 2)


async def test_a_command_is_decided_on_what_is_newest_though_not_durable_yet(world: World) -> None:
    party = await world.party("ann")
    world.disk.hold()
    both = asyncio.gather(world.says("ann", "one", party), world.says("ann", "two", party))
    await world.disk.asked.wait()
    world.disk.release()
    assert [done(answer).seq for answer in await both] == [2, 3]


async def test_a_no_waits_until_all_that_it_rests_on_is_durable(world: World) -> None:
    """Else a crash could take back the very change that was the reason."""
    party = await world.party("ann", max_members=2)
    world.disk.hold()
    joining = asyncio.create_task(world.join("bob", party.join_code))
    await world.disk.asked.wait()
    late = asyncio.create_task(world.join("cid", party.join_code))
    await asyncio.wait([late], timeout=0.02)
    assert not late.done()
    world.disk.release()
    assert (code(await joining), code(await late)) == (None, RejectionCode.PARTY_FULL)


async def test_a_disk_that_fails_undoes_the_command_and_all_that_rests_on_it(world: World) -> None:
    party = await world.party("ann", max_members=2)
    world.disk.hold()
    joining = [asyncio.create_task(world.join(name, party.join_code)) for name in ("bob", "cid")]
    await world.disk.asked.wait()
    await asyncio.sleep(0)
    world.disk.release(fails=True)
    assert await asyncio.gather(*joining) == [UNAVAILABLE, UNAVAILABLE]
    assert (await world.now(party), len(world.hints.given)) == (party, 1)


async def test_after_a_failure_the_same_command_goes_through(world: World) -> None:
    party = await world.party("ann")
    world.disk.release(fails=True)
    refusal = refused(await world.says("ann", "hello", party))
    assert (refusal.code, refusal.retryable, refusal.retry_after_ms) == (
        RejectionCode.UNAVAILABLE,
        True,
        RETRY_AFTER_MS,
    )
    world.disk.release()
    assert done(await world.says("ann", "hello", party)).seq == 2


async def test_more_commands_than_may_wait_for_the_disk_are_unavailable() -> None:
    async with worlds.world(commits_waiting_max=2) as world:
        party = await world.party("ann")
        world.disk.hold()
        # The first is being written by then; two more wait behind it.
        saying = [asyncio.create_task(world.says("ann", "1", party))]
        await world.disk.asked.wait()
        saying += [asyncio.create_task(world.says("ann", str(number), party)) for number in (2, 3, 4)]
        await asyncio.wait(saying, timeout=0.02)
        world.disk.release()
        answers = await asyncio.gather(*saying)
        assert [code(answer) for answer in answers] == [None, None, None, RejectionCode.UNAVAILABLE]
