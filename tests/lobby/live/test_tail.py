"""The tail of one log: hints say when to read, but nothing depends on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing

import pytest

from lobby.domain.commands import UpdateParty
from lobby.live.frames import Snapshot, SnapshotReason
from lobby.live.hub import FollowLimits
from lobby.live.tail import BYTES_MAX
from lobby.ports import Retention, Unavailable
from tests.lobby.app.world import done
from tests.lobby.live import live_lobby
from tests.lobby.live.live_lobby import LiveLobby, entries_to, frame
from tests.lobby.stores.changes import player

POLL_S = 0.05
LARGE_BYTES = 20 * 1_024


@pytest.fixture
async def polling() -> AsyncIterator[LiveLobby]:
    """A live lobby that polls twenty times a second."""
    async with live_lobby.live_lobby(limits=FollowLimits(poll_s=POLL_S)) as lobby:
        yield lobby


async def post_messages(lobby: LiveLobby, party_id: str, leader: str) -> int:
    party = await lobby.world.store.party(party_id)
    assert party is not None
    return done(await lobby.world.post_message(leader, "hello", party)).seq


async def test_polling_finds_entries_without_hints(polling: LiveLobby) -> None:
    party = await polling.world.party("ann", "bob")
    polling.hear_no_hints()
    async with aclosing(await polling.follow_after_snapshot(party, "bob")) as stream:
        for _ in range(3):
            seq = await post_messages(polling, party.id, "ann")
            assert [entry.seq for entry in await entries_to(stream, seq)] == [seq]


async def test_repeated_late_or_wrong_hints_do_no_harm(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")) as stream:
        for hinted in (1, 2, 2, 0, -1, 999):
            lobby.hub.hint(party.id, hinted)
        lobby.hub.hint("nowhere", 1)
        seq = await post_messages(lobby, party.id, "ann")
        for _ in range(3):
            lobby.hub.hint(party.id, seq)
        assert [entry.seq for entry in await entries_to(stream, seq)] == [seq]
        seq = await post_messages(lobby, party.id, "ann")
        assert [entry.seq for entry in await entries_to(stream, seq)] == [seq]


async def test_an_entry_is_read_once_for_all_followers(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    async with AsyncExitStack() as present:
        streams = [
            await present.enter_async_context(aclosing(await lobby.follow_after_snapshot(party, "bob")))
            for _ in range(50)
        ]
        await asyncio.gather(*(entries_to(stream, 3) for stream in streams), post_messages(lobby, party.id, "ann"))
        lobby.store.reads.clear()
        await asyncio.gather(*(entries_to(stream, 4) for stream in streams), post_messages(lobby, party.id, "ann"))
        assert lobby.store.reads["entries"] == 0  # it was in memory


async def test_an_entry_that_is_not_in_memory_is_read_once_for_all_followers(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    lobby.store.on_read = _nothing  # so nothing is found in memory
    async with AsyncExitStack() as present:
        streams = [
            await present.enter_async_context(aclosing(await lobby.follow_after_snapshot(party, "bob")))
            for _ in range(50)
        ]
        await asyncio.gather(*(entries_to(stream, 3) for stream in streams), post_messages(lobby, party.id, "ann"))
        lobby.store.reads.clear()
        await asyncio.gather(*(entries_to(stream, 4) for stream in streams), post_messages(lobby, party.id, "ann"))
        assert lobby.store.reads["entries"] == 1  # a page that is not full is the last one


async def _nothing() -> None:
    pass


async def test_entries_come_once_and_in_order_if_one_is_hinted_while_the_log_is_read(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    lobby.hear_no_hints()
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")) as stream:
        first = await post_messages(lobby, party.id, "ann")

        async def post_meanwhile() -> None:
            """The tail has read the first entry, and does not show it yet."""
            lobby.store.on_read = None
            lobby.hub.hint(party.id, await post_messages(lobby, party.id, "ann"))

        lobby.store.on_read = post_meanwhile
        lobby.hub.hint(party.id, first)
        assert [entry.seq for entry in await entries_to(stream, first + 1)] == [first, first + 1]
        lobby.hub.hint(party.id, await post_messages(lobby, party.id, "ann"))
        assert [entry.seq for entry in await entries_to(stream, first + 2)] == [first + 2]


async def test_each_party_has_a_tail_of_its_own(lobby: LiveLobby) -> None:
    parties = [await lobby.world.party(leader) for leader in ("ann", "bob")]
    async with AsyncExitStack() as present:
        for party, leader in zip(parties, ("ann", "bob"), strict=True):
            stream = await present.enter_async_context(aclosing(await lobby.follow_after_snapshot(party, leader)))
            seq = await post_messages(lobby, party.id, leader)
            assert (await entries_to(stream, seq))[0].party.id == party.id


async def test_a_tail_retries_when_the_store_fails(polling: LiveLobby) -> None:
    party = await polling.world.party("ann", "bob")
    failures = [Unavailable("for a moment"), RuntimeError("of another kind")]

    async def fail() -> None:
        if failures:
            raise failures.pop()

    async with aclosing(await polling.follow_after_snapshot(party, "bob")) as stream:
        seq = await post_messages(polling, party.id, "ann")
        await entries_to(stream, seq)
        polling.store.on_read = fail
        seq = await post_messages(polling, party.id, "ann")
        assert [entry.seq for entry in await entries_to(stream, seq)] == [seq]
    assert failures == []


async def test_a_tail_behind_a_trimmed_log_continues_with_a_snapshot() -> None:
    async with live_lobby.live_lobby(retention=Retention(entries_min=1, log_ms=1000)) as lobby:
        party = await lobby.world.party("ann", "bob")
        async with aclosing(await lobby.follow_after_snapshot(party, "bob")) as stream:
            await entries_to(stream, await post_messages(lobby, party.id, "ann"))
            lobby.hear_no_hints()
            for _ in range(3):
                seq = await post_messages(lobby, party.id, "ann")
            lobby.world.clock.advance(2)
            await lobby.world.store.sweep(lobby.world.clock.now())
            lobby.hub.hint(party.id, seq)
            behind = await frame(stream)
            assert behind == Snapshot(await lobby.world.now(party), lobby.world.clock.now(), SnapshotReason.FELL_BEHIND)


@pytest.mark.parametrize("turns", range(8))
async def test_the_last_follower_closes_the_tail_at_any_moment(lobby: LiveLobby, turns: int) -> None:
    """Especially if a hint comes in the same turn of the event loop: the cancellation must not be lost then."""
    party = await lobby.world.party("ann", "bob")
    stream = await lobby.follow_after_snapshot(party, "bob")
    for _ in range(20):
        await asyncio.sleep(0)
    lobby.hub.hint(party.id, 999)
    for _ in range(turns):
        await asyncio.sleep(0)
    await stream.aclose()
    for _ in range(20):
        await asyncio.sleep(0)
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("tail")] == []


async def test_a_tail_keeps_few_large_entries_and_who_is_behind_gets_a_snapshot(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    async with (
        aclosing(await lobby.follow_after_snapshot(party, "bob")) as slow,
        aclosing(await lobby.follow_after_snapshot(party, "ann")) as quick,
    ):
        await entries_to(slow, await post_messages(lobby, party.id, "ann"))
        for number in range(BYTES_MAX // LARGE_BYTES + 1):
            attributes = tuple((f"k{key}", f"{number}".rjust(1_024)) for key in range(LARGE_BYTES // 1_024))
            party = await lobby.world.execute(party, UpdateParty(player("ann"), attributes=attributes))
            await entries_to(quick, party.version)
        behind = await frame(slow)
        assert isinstance(behind, Snapshot)
        assert behind.reason is SnapshotReason.FELL_BEHIND
