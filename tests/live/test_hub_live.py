"""A stream at the live end: in order, without a gap, and no slower for those who are slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing

import pytest

from lobby.domain import commands as c
from lobby.domain.events import MessagePosted
from lobby.domain.model import Party
from lobby.live.frames import Heartbeat, Snapshot, SnapshotReason
from lobby.live.hub import FollowLimits
from tests.domain.scenes import player
from tests.live import house as houses
from tests.live.house import House, entries_to, frame
from tests.service.world import done

QUEUE_MAX = 4


@pytest.fixture
async def narrow() -> AsyncIterator[House]:
    """A house whose followers may be behind by four entries."""
    async with houses.house(limits=FollowLimits(queue_max=QUEUE_MAX)) as house:
        yield house


@pytest.fixture
async def quick() -> AsyncIterator[House]:
    """A house whose heart beats fast."""
    async with houses.house(limits=FollowLimits(heartbeat_s=0.05)) as house:
        yield house


async def says(house: House, party: Party, count: int, name: str = "ann") -> int:
    """So many messages; the seq of the last."""
    seq = 0
    for number in range(count):
        seq = done(await house.world.says(name, str(number), party)).seq
    return seq


async def test_what_happens_comes_in_order_and_with_the_party_as_it_stood(house: House) -> None:
    party = await house.world.party("ann", "bob")
    async with aclosing(await house.following(party, "bob")) as stream:
        head = await says(house, party, 10)
        assert await entries_to(stream, head) == (await house.world.log(party))[2:]


async def test_a_replay_goes_over_into_what_happens_meanwhile(house: House) -> None:
    party = await house.world.party("ann", "bob")
    await says(house, party, 20)
    talking = asyncio.create_task(says(house, party, 20))
    async with aclosing(house.follow(party, "bob", after=2)) as stream:
        read = await entries_to(stream, party.version + 40)
    await talking
    assert read == (await house.world.log(party))[2:]


async def test_a_replay_longer_than_the_queue_is_no_falling_behind(narrow: House) -> None:
    party = await narrow.world.party("ann", "bob")
    head = await says(narrow, party, 5 * QUEUE_MAX)
    async with aclosing(narrow.follow(party, "bob", after=2)) as stream:
        assert [entry.seq for entry in await entries_to(stream, head)] == list(range(3, head + 1))


async def test_many_followers_from_anywhere_get_the_same_log(house: House) -> None:
    party = await house.world.party("ann", "bob", "cid")
    await says(house, party, 10)
    talking = asyncio.create_task(says(house, party, 30))
    head = party.version + 40

    async def read(name: str, after: int) -> list[int]:
        async with aclosing(house.follow(party, name, after)) as stream:
            return [entry.seq for entry in await entries_to(stream, head)]

    # Following does not change the log: all are connected from the start, and stay so for the others' streams.
    async with AsyncExitStack() as present:
        for name in ("ann", "bob", "cid"):
            await present.enter_async_context(aclosing(await house.following(party, name)))
        starts = [3 + number % 10 for number in range(60)]
        reads = await asyncio.gather(*(read(("ann", "bob", "cid")[n % 3], after) for n, after in enumerate(starts)))
    await talking
    assert reads == [list(range(after + 1, head + 1)) for after in starts]


@pytest.mark.parametrize("turns", range(10))
async def test_an_entry_wakes_its_follower_whatever_the_follower_is_about_to_do(house: House, turns: int) -> None:
    """It may come in any turn of the loop around the one in which the follower finds nothing and lies down."""
    party = await house.world.party("ann", "bob")
    async with aclosing(await house.following(party, "bob")) as stream:
        for _ in range(20):
            await asyncio.sleep(0)  # the tail has looked, and waits
        saying = asyncio.create_task(house.world.says("ann", "hello", party))
        for _ in range(turns):
            await asyncio.sleep(0)
        assert [entry.seq for entry in await entries_to(stream, 3)] == [3]
        done(await saying)


async def test_whoever_reads_too_little_gets_the_present_in_place_of_the_backlog(narrow: House) -> None:
    party = await narrow.world.party("ann", "bob")
    async with aclosing(await narrow.following(party, "bob")) as slow:
        await says(narrow, party, 1)
        await entries_to(slow, 3)
        head = await says(narrow, party, QUEUE_MAX + 1)
        async with aclosing(narrow.follow(party, "ann", after=head - 1)) as witness:
            await entries_to(witness, head)
        behind = await frame(slow)
        assert behind == Snapshot(await narrow.world.now(party), behind.at, SnapshotReason.FELL_BEHIND)
        head = await says(narrow, party, 2)
        assert [entry.seq for entry in await entries_to(slow, head)][-2:] == [head - 1, head]


async def test_whoever_is_behind_by_as_much_as_the_queue_holds_loses_nothing(narrow: House) -> None:
    party = await narrow.world.party("ann", "bob")
    async with aclosing(await narrow.following(party, "bob")) as slow:
        await says(narrow, party, 1)
        await entries_to(slow, 3)
        head = await says(narrow, party, QUEUE_MAX)
        assert len(await entries_to(slow, head)) == QUEUE_MAX


async def test_a_follower_that_does_not_read_holds_up_nobody(narrow: House) -> None:
    party = await narrow.world.party("ann", "bob")
    async with aclosing(await narrow.following(party, "bob")), aclosing(await narrow.following(party, "ann")) as other:
        for number in range(5 * QUEUE_MAX):
            seq = await says(narrow, party, 1)
            assert [entry.seq for entry in await entries_to(other, seq)] == [3 + number]


async def test_a_heartbeat_carries_the_head(quick: House) -> None:
    party = await quick.world.party("ann", "bob")
    async with aclosing(await quick.following(party, "bob")) as stream:
        await says(quick, party, 2)
        await entries_to(stream, 4)
        now = quick.world.clock.now()
        assert await frame(stream) == Heartbeat(await quick.world.now(party), now)
        assert await frame(stream) == Heartbeat(await quick.world.now(party), now)


async def test_there_is_no_heartbeat_while_something_happens(quick: House) -> None:
    party = await quick.world.party("ann", "bob")
    async with aclosing(await quick.following(party, "bob")) as stream:

        async def talk() -> None:
            for _ in range(10):
                await asyncio.sleep(0.02)
                await says(quick, party, 1)

        talking = asyncio.create_task(talk())
        assert len(await entries_to(stream, 12)) == 10
        await talking


async def test_an_entry_shows_what_was_said_and_who_said_it(house: House) -> None:
    party = await house.world.party("ann", "bob")
    async with aclosing(await house.following(party, "bob")) as stream:
        await says(house, party, 1)
        (entry,) = await entries_to(stream, 3)
        assert (entry.actor_id, entry.event) == ("ann", MessagePosted(player("ann"), "0"))


async def test_nothing_is_followed_once_all_have_gone(house: House) -> None:
    party = await house.world.party("ann", "bob")
    streams = [await house.following(party, name) for name in ("ann", "bob", "bob")]
    assert house.hub.follower_count == 3
    for stream in streams:
        await stream.aclose()
    assert house.hub.follower_count == 0


async def test_a_party_can_be_followed_again_after_all_have_gone(house: House) -> None:
    party = await house.world.party("ann")
    await (await house.following(party, "ann")).aclose()
    await house.world.does(party, c.UpdateMember(player("ann"), "Knight"))
    async with aclosing(house.follow(party, "ann", after=1)) as stream:
        assert (await entries_to(stream, 2))[0].seq == 2


async def test_followers_of_every_party_get_what_they_missed_once_it_is_known_that_hints_were(house: House) -> None:
    parties = [await house.world.party(leader) for leader in ("ann", "bob", "cid")]
    streams = [await house.following(party, party.members[0].player.id) for party in parties]
    house.hear_no_hints()
    heads = [await says(house, party, 2, party.members[0].player.id) for party in parties]
    house.hub.resync()
    for stream, head in zip(streams, heads, strict=True):
        async with asyncio.timeout(1):  # far sooner than a look from time to time
            assert [entry.seq for entry in await entries_to(stream, head)] == [head - 1, head]
