"""Followers at the live end have their frames pushed to them; whoever does not take one pulls again, and misses nothing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest

from lobby.domain import commands as c
from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.values import LeaveReason
from lobby.live.following import Following
from lobby.live.frames import Frame, Heartbeat
from lobby.live.hub import FollowLimits
from lobby.live.pushing import Telling
from tests.domain.scenes import player
from tests.live import house as houses
from tests.live.house import House, entries_to, frame, removed, rest
from tests.service.world import done


def as_it_is(told: Frame) -> Frame:
    return told


class Taker:
    """A line that is clear, as a socket's is, until it is `full`."""

    def __init__(self, form: Callable[[Any], Any] = as_it_is) -> None:
        self.form = form
        self.frames: list[Any] = []
        self.took = asyncio.Event()
        self._full = False
        self._pull: Callable[[], None] | None = None

    def write(self, frame: Any) -> None:
        self.frames.append(frame)
        self.took.set()

    def hold(self, pull: Callable[[], None]) -> bool:
        if not self._full:
            self._pull = pull
        return not self._full

    def let_go(self) -> None:
        self._pull = None

    @property
    def full(self) -> bool:
        return self._full

    @full.setter
    def full(self, full: bool) -> None:
        self._full = full
        if full and self._pull is not None:
            self._pull()

    @property
    def seqs(self) -> list[int]:
        return [frame.seq for frame in self.frames if isinstance(frame, Entry)]

    async def until(self, seq: int) -> None:
        async with asyncio.timeout(houses.WAIT_S):
            while seq not in self.seqs:
                self.took.clear()
                await self.took.wait()


AS_IT_IS: Telling[Frame] = Telling("as it is", as_it_is)


async def says(house: House, party: Party, count: int = 1) -> int:
    seq = 0
    for number in range(count):
        seq = done(await house.world.says("ann", str(number), party)).seq
    return seq


@pytest.fixture
async def quick() -> AsyncIterator[House]:
    async with houses.house(limits=FollowLimits(heartbeat_s=0.05)) as house:
        yield house


async def test_what_happens_is_pushed_in_order(house: House) -> None:
    party, take = await house.world.party("ann", "bob"), Taker()
    async with aclosing(await house.following(party, "bob")) as stream:
        pushing = asyncio.create_task(stream.pushed(AS_IT_IS, take))
        await asyncio.sleep(0)
        head = await says(house, party, 5)
        await take.until(head)
        assert take.seqs == [3, 4, 5, 6, 7]
        assert not pushing.done()
        pushing.cancel()
        await asyncio.wait([pushing])


async def test_what_was_not_taken_is_pulled_next(house: House) -> None:
    party, take = await house.world.party("ann", "bob"), Taker()
    async with aclosing(await house.following(party, "bob")) as stream:
        pushing = asyncio.create_task(stream.pushed(AS_IT_IS, take))
        await asyncio.sleep(0)
        await take.until(await says(house, party))
        take.full = True
        head = await says(house, party, 3)
        async with asyncio.timeout(houses.WAIT_S):
            await pushing
        assert [entry.seq for entry in await entries_to(stream, head)] == [4, 5, 6]


async def test_who_is_not_at_the_live_end_has_to_pull(house: House) -> None:
    party, take = await house.world.party("ann", "bob"), Taker()
    async with aclosing(await house.following(party, "bob")) as stream:
        head = await says(house, party)
        async with aclosing(house.follow(party, "ann", head - 1)) as witness:
            await frame(witness)
        async with asyncio.timeout(houses.WAIT_S):
            await stream.pushed(AS_IT_IS, take)
        assert (take.frames, [entry.seq for entry in await entries_to(stream, head)]) == ([], [head])


async def test_what_was_read_ahead_of_the_tail_and_then_pushed_is_not_pulled_again(house: House) -> None:
    """A page of the log may reach further than the tail has come; in its midst the follower stands at the tail's head."""
    party, take = await house.world.party("ann", "bob"), Taker()
    house.hear_no_hints()
    tail_head = await says(house, party)
    async with aclosing(await house.following(party, "ann")), aclosing(house.follow(party, "bob", 2)) as stream:
        head = await says(house, party, 4)
        assert [entry.seq for entry in await entries_to(stream, tail_head)] == [tail_head]
        pushing = asyncio.create_task(stream.pushed(AS_IT_IS, take))
        await asyncio.sleep(0)
        house.hub.hint(party.id, head)
        await take.until(head)
        take.full = True
        house.hub.hint(party.id, await says(house, party))
        async with asyncio.timeout(houses.WAIT_S):
            await pushing
        assert [entry.seq for entry in await entries_to(stream, head + 1)] == [head + 1]


async def test_before_its_first_frame_a_stream_has_to_be_pulled(house: House) -> None:
    party, take = await house.world.party("ann"), Taker()
    async with aclosing(house.follow(party, "ann")) as stream, asyncio.timeout(houses.WAIT_S):
        await stream.pushed(AS_IT_IS, take)
    assert take.frames == []


async def test_ones_own_leaving_is_never_pushed_but_pulled_with_the_farewell(house: House) -> None:
    """What comes behind it is not for the follower, so each of these frames is looked at by itself."""
    world, take = house.world, Taker()
    party = await world.party("ann", "bob")
    async with aclosing(await house.following(party, "bob")) as stream:
        pushing = asyncio.create_task(stream.pushed(AS_IT_IS, take))
        await asyncio.sleep(0)
        await world.does(party, c.KickMember(player("ann"), "bob"))
        await says(house, party, 2)
        async with asyncio.timeout(houses.WAIT_S):
            await pushing
        left, last = await rest(stream)
    assert isinstance(left, Entry)
    assert (take.frames, left.seq, removed(last).reason) == ([], 3, LeaveReason.KICKED)


async def test_who_is_idle_is_pushed_a_heartbeat_with_the_head(quick: House) -> None:
    party, takes = await quick.world.party("ann", "bob"), [Taker(), Taker()]
    streams = [await quick.following(party, name) for name in ("ann", "bob")]
    pushing = [asyncio.create_task(stream.pushed(AS_IT_IS, take)) for stream, take in zip(streams, takes, strict=True)]
    async with asyncio.timeout(houses.WAIT_S):
        for take in takes:
            await take.took.wait()
    expected = Heartbeat(await quick.world.now(party), quick.world.clock.now())
    assert [take.frames[0] for take in takes] == [expected, expected]
    assert takes[0].frames[0] is takes[1].frames[0], "one for all, so that it is executed once for all"
    for task, stream in zip(pushing, streams, strict=True):
        task.cancel()
        await asyncio.wait([task])
        await stream.aclose()


async def test_whose_line_is_not_clear_has_to_pull(house: House) -> None:
    party, take = await house.world.party("ann"), Taker()
    take.full = True
    async with aclosing(await house.following(party, "ann")) as stream, asyncio.timeout(houses.WAIT_S):
        await stream.pushed(AS_IT_IS, take)


async def test_what_filled_the_line_was_taken(house: House) -> None:
    """A socket may be full in the midst of a write: that frame is on its way, and what comes behind it is pulled."""

    class Filled(Taker):
        def write(self, frame: Any) -> None:
            super().write(frame)
            self.full = True

    party, take, other = await house.world.party("ann", "bob"), Filled(), Taker()
    streams = [await house.following(party, "bob") for _ in range(2)]
    pushing = [
        asyncio.create_task(stream.pushed(AS_IT_IS, line)) for stream, line in zip(streams, (take, other), strict=True)
    ]
    await asyncio.sleep(0)
    head = await says(house, party, 3)
    await other.until(head)
    async with asyncio.timeout(houses.WAIT_S):
        await pushing[0]
    assert (take.seqs, other.seqs) == ([3], [3, 4, 5])
    assert [entry.seq for entry in await entries_to(streams[0], head)] == [4, 5]
    pushing[1].cancel()
    await asyncio.wait(pushing)


async def test_draining_ends_the_pushing_and_is_pulled(house: House) -> None:
    party, take = await house.world.party("ann"), Taker()
    stream = await house.following(party, "ann")
    pushing = asyncio.create_task(stream.pushed(AS_IT_IS, take))
    await asyncio.sleep(0)
    draining = asyncio.create_task(house.hub.drain(5.0))
    async with asyncio.timeout(houses.WAIT_S):
        await pushing
    (last,) = await rest(stream)
    assert isinstance(last, Heartbeat)
    assert last.reconnect_after_ms is not None
    await draining


async def test_who_has_gone_is_pushed_nothing_more(house: House) -> None:
    party, take = await house.world.party("ann", "bob"), Taker()
    stream = await house.following(party, "bob")
    pushing = asyncio.create_task(stream.pushed(AS_IT_IS, take))
    await asyncio.sleep(0)
    pushing.cancel()
    await asyncio.wait([pushing])
    await stream.aclose()
    async with aclosing(await house.following(party, "ann")) as witness:
        await entries_to(witness, await says(house, party) + 1)
    assert take.frames == []


async def test_followers_that_take_now_and_then_get_the_whole_log_once(house: House) -> None:
    """As sockets do whose buffers fill and drain: frames come pushed and pulled in turns, at any moment."""
    party = await house.world.party("ann", "bob")
    chance = random.Random(7)
    messages, readers = 60, 20
    head = party.version + messages

    async def read(stream: Following) -> list[int]:
        seqs: list[int] = []

        class NowAndThen(Taker):
            def write(self, each: Frame) -> None:
                assert isinstance(each, Entry)
                seqs.append(each.seq)
                self.full = each.seq == head or chance.random() < 0.5

        line = NowAndThen()
        async with aclosing(stream):
            while head not in seqs:
                line.full = chance.random() < 0.3
                if seqs:
                    await stream.pushed(AS_IT_IS, line)
                if head in seqs:
                    break
                each = await frame(stream)
                assert isinstance(each, Entry)
                seqs.append(each.seq)
        return seqs

    streams = [await house.following(party, "bob") for _ in range(readers)]
    reading = [asyncio.create_task(read(stream)) for stream in streams]
    for _ in range(messages):
        await says(house, party)
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
    async with asyncio.timeout(houses.WAIT_S):
        assert await asyncio.gather(*reading) == [list(range(3, head + 1))] * readers


async def test_what_a_frame_becomes_is_made_once_for_all_of_one_players_streams_that_are_told_the_same(
    house: House,
) -> None:
    party = await house.world.party("ann", "bob")
    made: list[tuple[str, int]] = []

    def telling(key: str) -> Telling[str]:
        def tell(frame: Frame) -> str:
            assert isinstance(frame, Entry)
            made.append((key, frame.seq))
            return f"{key} {frame.seq}"

        return Telling(key, tell)

    lines = [Taker() for _ in range(4)]
    names, keys = ("ann", "bob", "bob", "bob"), ("a", "a", "a", "b")
    streams = [await house.following(party, name) for name in names]
    pushing = [
        asyncio.create_task(stream.pushed(telling(key), line))
        for stream, key, line in zip(streams, keys, lines, strict=True)
    ]
    await asyncio.sleep(0)
    head, last = await says(house, party), Taker()
    async with aclosing(await house.following(party, "ann")) as witness:
        told = asyncio.create_task(witness.pushed(AS_IT_IS, last))
        await asyncio.sleep(0)
        await last.until(await says(house, party))
        told.cancel()
    assert [line.frames for line in lines] == [[f"{key} {head}", f"{key} {head + 1}"] for key in keys]
    assert sorted(made) == [("a", head)] * 2 + [("a", head + 1)] * 2 + [("b", head), ("b", head + 1)]
    for task, stream in zip(pushing, streams, strict=True):
        task.cancel()
        await asyncio.wait([task])
        await stream.aclose()
