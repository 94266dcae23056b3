"""The live end of one log: hints say when to look, and nothing depends on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing

import pytest

from lobby.live.frames import Snapshot, SnapshotReason
from lobby.live.hub import FollowLimits
from lobby.ports import Retention, Unavailable
from tests.live import house as houses
from tests.live.house import House, entries_to, frame
from tests.service.world import done

POLL_S = 0.05


@pytest.fixture
async def polling() -> AsyncIterator[House]:
    """A house that looks by itself twenty times a second."""
    async with houses.house(limits=FollowLimits(poll_s=POLL_S)) as house:
        yield house


async def says(house: House, party_id: str, leader: str) -> int:
    party = await house.world.store.party(party_id)
    assert party is not None
    return done(await house.world.says(leader, "hello", party)).seq


async def test_looking_from_time_to_time_makes_up_for_lost_hints(polling: House) -> None:
    party = await polling.world.party("ann", "bob")
    polling.hear_no_hints()
    async with aclosing(await polling.following(party, "bob")) as stream:
        for _ in range(3):
            seq = await says(polling, party.id, "ann")
            assert [entry.seq for entry in await entries_to(stream, seq)] == [seq]


async def test_hints_that_are_doubled_late_beyond_or_of_nothing_do_no_harm(house: House) -> None:
    party = await house.world.party("ann", "bob")
    async with aclosing(await house.following(party, "bob")) as stream:
        for hinted in (1, 2, 2, 0, -1, 999):
            house.hub.hint(party.id, hinted)
        house.hub.hint("nowhere", 1)
        seq = await says(house, party.id, "ann")
        for _ in range(3):
            house.hub.hint(party.id, seq)
        assert [entry.seq for entry in await entries_to(stream, seq)] == [seq]
        seq = await says(house, party.id, "ann")
        assert [entry.seq for entry in await entries_to(stream, seq)] == [seq]


async def test_an_entry_is_read_once_for_all_followers(house: House) -> None:
    party = await house.world.party("ann", "bob")
    async with AsyncExitStack() as present:
        streams = [await present.enter_async_context(aclosing(await house.following(party, "bob"))) for _ in range(50)]
        await asyncio.gather(*(entries_to(stream, 3) for stream in streams), says(house, party.id, "ann"))
        house.store.reads.clear()
        await asyncio.gather(*(entries_to(stream, 4) for stream in streams), says(house, party.id, "ann"))
        # Once for the entry, and once more to see that there is nothing behind it.
        assert house.store.reads["entries"] <= 2


async def test_each_party_has_its_own_end(house: House) -> None:
    parties = [await house.world.party(leader) for leader in ("ann", "bob")]
    async with AsyncExitStack() as present:
        for party, leader in zip(parties, ("ann", "bob"), strict=True):
            stream = await present.enter_async_context(aclosing(await house.following(party, leader)))
            seq = await says(house, party.id, leader)
            assert (await entries_to(stream, seq))[0].party.id == party.id


async def test_a_store_that_fails_for_a_moment_is_asked_again(polling: House) -> None:
    party = await polling.world.party("ann", "bob")
    failures = [Unavailable("for a moment"), RuntimeError("of another kind")]

    async def fail() -> None:
        if failures:
            raise failures.pop()

    async with aclosing(await polling.following(party, "bob")) as stream:
        seq = await says(polling, party.id, "ann")
        await entries_to(stream, seq)
        polling.store.on_read = fail
        seq = await says(polling, party.id, "ann")
        assert [entry.seq for entry in await entries_to(stream, seq)] == [seq]
    assert failures == []


async def test_a_node_that_was_cut_off_for_longer_than_the_log_is_kept_goes_on_from_the_present() -> None:
    async with houses.house(retention=Retention(entries_min=1, log_ms=1000)) as house:
        party = await house.world.party("ann", "bob")
        async with aclosing(await house.following(party, "bob")) as stream:
            await entries_to(stream, await says(house, party.id, "ann"))
            house.hear_no_hints()
            for _ in range(3):
                seq = await says(house, party.id, "ann")
            house.world.clock.passes(2)
            await house.world.store.sweep(house.world.clock.now())
            house.hub.hint(party.id, seq)
            behind = await frame(stream)
            assert behind == Snapshot(await house.world.now(party), house.world.clock.now(), SnapshotReason.FELL_BEHIND)


@pytest.mark.parametrize("turns", range(8))
async def test_no_tail_stays_behind_whenever_its_last_follower_goes(house: House, turns: int) -> None:
    """Above all when a hint comes in the same turn of the loop: the cancellation must not be lost to it."""
    party = await house.world.party("ann", "bob")
    stream = await house.following(party, "bob")
    for _ in range(20):
        await asyncio.sleep(0)
    house.hub.hint(party.id, 999)
    for _ in range(turns):
        await asyncio.sleep(0)
    await stream.aclose()
    for _ in range(20):
        await asyncio.sleep(0)
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("tail")] == []
