"""Followers at the live end get their frames pushed. One whose channel refuses a frame pulls again, and misses nothing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from lobby.domain import commands as c
from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.values import LeaveReason
from lobby.live.follower import Follower
from lobby.live.frames import Frame, Heartbeat
from lobby.live.hub import FollowLimits
from tests.lobby.app.world import done
from tests.lobby.domain.scenes import player
from tests.lobby.live import live_lobby
from tests.lobby.live.live_lobby import LiveLobby, entries_to, frame, removed, rest


class RecordingChannel:
    """A channel that takes all frames until it is `full`, as a socket does."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.full = False
        self._sent = asyncio.Event()

    def try_send(self, item: Frame) -> bool:
        if self.full:
            return False
        self.frames.append(item)
        self._sent.set()
        return True

    @property
    def seqs(self) -> list[int]:
        return [frame.seq for frame in self.frames if isinstance(frame, Entry)]

    async def until(self, seq: int) -> None:
        async with asyncio.timeout(live_lobby.WAIT_S):
            while seq not in self.seqs:
                self._sent.clear()
                await self._sent.wait()

    async def until_frame(self) -> Frame:
        async with asyncio.timeout(live_lobby.WAIT_S):
            await self._sent.wait()
        return self.frames[0]


async def post_messages(lobby: LiveLobby, party: Party, count: int = 1) -> int:
    seq = 0
    for number in range(count):
        seq = done(await lobby.world.post_message("ann", str(number), party)).seq
    return seq


@pytest.fixture
async def quick() -> AsyncIterator[LiveLobby]:
    async with live_lobby.live_lobby(limits=FollowLimits(heartbeat_s=0.05)) as lobby:
        yield lobby


async def test_entries_are_pushed_in_order(lobby: LiveLobby) -> None:
    party, channel = await lobby.world.party("ann", "bob"), RecordingChannel()
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")) as stream:
        pushing = asyncio.create_task(stream.push_to(channel))
        await asyncio.sleep(0)
        head = await post_messages(lobby, party, 5)
        await channel.until(head)
        assert channel.seqs == [3, 4, 5, 6, 7]
        assert not pushing.done()
        pushing.cancel()
        await asyncio.wait([pushing])


async def test_an_entry_that_the_channel_refused_is_pulled_next(lobby: LiveLobby) -> None:
    party, channel = await lobby.world.party("ann", "bob"), RecordingChannel()
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")) as stream:
        pushing = asyncio.create_task(stream.push_to(channel))
        await asyncio.sleep(0)
        await channel.until(await post_messages(lobby, party))
        channel.full = True
        head = await post_messages(lobby, party, 3)
        async with asyncio.timeout(live_lobby.WAIT_S):
            await pushing
        assert [entry.seq for entry in await entries_to(stream, head)] == [4, 5, 6]


async def test_a_follower_that_is_not_at_the_live_end_pulls(lobby: LiveLobby) -> None:
    party, channel = await lobby.world.party("ann", "bob"), RecordingChannel()
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")) as stream:
        head = await post_messages(lobby, party)
        async with aclosing(lobby.follow(party, "ann", head - 1)) as follower:
            await frame(follower)
        async with asyncio.timeout(live_lobby.WAIT_S):
            await stream.push_to(channel)
        assert (channel.frames, [entry.seq for entry in await entries_to(stream, head)]) == ([], [head])


async def test_an_entry_read_ahead_of_the_tail_and_then_pushed_is_not_pulled_again(lobby: LiveLobby) -> None:
    """A page of the log may reach further than the tail. In the middle of it the follower is at the tail's head."""
    party, channel = await lobby.world.party("ann", "bob"), RecordingChannel()
    lobby.hear_no_hints()
    tail_head = await post_messages(lobby, party)
    async with (
        aclosing(await lobby.follow_after_snapshot(party, "ann")),
        aclosing(lobby.follow(party, "bob", 2)) as stream,
    ):
        head = await post_messages(lobby, party, 4)
        assert [entry.seq for entry in await entries_to(stream, tail_head)] == [tail_head]
        pushing = asyncio.create_task(stream.push_to(channel))
        await asyncio.sleep(0)
        lobby.hub.hint(party.id, head)
        await channel.until(head)
        channel.full = True
        lobby.hub.hint(party.id, await post_messages(lobby, party))
        async with asyncio.timeout(live_lobby.WAIT_S):
            await pushing
        assert [entry.seq for entry in await entries_to(stream, head + 1)] == [head + 1]


async def test_the_first_frame_is_pulled(lobby: LiveLobby) -> None:
    party, channel = await lobby.world.party("ann"), RecordingChannel()
    async with aclosing(lobby.follow(party, "ann")) as stream, asyncio.timeout(live_lobby.WAIT_S):
        await stream.push_to(channel)
    assert channel.frames == []


async def test_a_followers_own_leaving_is_pulled_together_with_removed(lobby: LiveLobby) -> None:
    """Later frames are not for the follower, so nothing may be pushed from there on."""
    world, channel = lobby.world, RecordingChannel()
    party = await world.party("ann", "bob")
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")) as stream:
        pushing = asyncio.create_task(stream.push_to(channel))
        await asyncio.sleep(0)
        await world.execute(party, c.KickMember(player("ann"), "bob"))
        await post_messages(lobby, party, 2)
        async with asyncio.timeout(live_lobby.WAIT_S):
            await pushing
        left, last = await rest(stream)
    assert isinstance(left, Entry)
    assert (channel.frames, left.seq, removed(last).reason) == ([], 3, LeaveReason.KICKED)


async def test_silent_followers_are_pushed_one_heartbeat_with_the_head(quick: LiveLobby) -> None:
    party, channels = await quick.world.party("ann", "bob"), [RecordingChannel(), RecordingChannel()]
    streams = [await quick.follow_after_snapshot(party, name) for name in ("ann", "bob")]
    pushing = [asyncio.create_task(stream.push_to(channel)) for stream, channel in zip(streams, channels, strict=True)]
    heartbeats = [await channel.until_frame() for channel in channels]
    expected = Heartbeat(await quick.world.now(party), quick.world.clock.now())
    assert heartbeats == [expected, expected]
    assert heartbeats[0] is heartbeats[1], "one object, so that it is executed once"
    for task, stream in zip(pushing, streams, strict=True):
        task.cancel()
        await asyncio.wait([task])
        await stream.aclose()


async def test_frames_behind_a_refused_one_are_pulled_in_order(lobby: LiveLobby) -> None:
    """The buffer of a socket fills while a frame is written. That frame is on its way, and the next ones are pulled."""

    class SmallChannel(RecordingChannel):
        def try_send(self, item: Frame) -> bool:
            sent = super().try_send(item)
            self.full = True
            return sent

    party, small, other = await lobby.world.party("ann", "bob"), SmallChannel(), RecordingChannel()
    streams = [await lobby.follow_after_snapshot(party, "bob") for _ in range(2)]
    pushing = [
        asyncio.create_task(stream.push_to(channel)) for stream, channel in zip(streams, (small, other), strict=True)
    ]
    await asyncio.sleep(0)
    head = await post_messages(lobby, party, 3)
    await other.until(head)
    async with asyncio.timeout(live_lobby.WAIT_S):
        await pushing[0]
    assert (small.seqs, other.seqs) == ([3], [3, 4, 5])
    assert [entry.seq for entry in await entries_to(streams[0], head)] == [4, 5]
    pushing[1].cancel()
    await asyncio.wait(pushing)


async def test_a_channel_that_fails_keeps_nothing_from_the_others(lobby: LiveLobby) -> None:
    class BrokenChannel(RecordingChannel):
        def try_send(self, item: Frame) -> bool:
            raise RuntimeError("the channel is broken")

    party, other = await lobby.world.party("ann", "bob"), RecordingChannel()
    streams = [await lobby.follow_after_snapshot(party, "bob") for _ in range(2)]
    pushing = [
        asyncio.create_task(stream.push_to(channel))
        for stream, channel in zip(streams, (BrokenChannel(), other), strict=True)
    ]
    await asyncio.sleep(0)
    head = await post_messages(lobby, party, 2)
    await other.until(head)
    async with asyncio.timeout(live_lobby.WAIT_S):
        await pushing[0]
    assert other.seqs == [3, 4]
    assert [entry.seq for entry in await entries_to(streams[0], head)] == [3, 4]
    pushing[1].cancel()
    await asyncio.wait(pushing)


async def test_draining_ends_the_push_and_its_heartbeat_is_pulled(lobby: LiveLobby) -> None:
    party, channel = await lobby.world.party("ann"), RecordingChannel()
    stream = await lobby.follow_after_snapshot(party, "ann")
    pushing = asyncio.create_task(stream.push_to(channel))
    await asyncio.sleep(0)
    draining = asyncio.create_task(lobby.hub.drain(5.0))
    async with asyncio.timeout(live_lobby.WAIT_S):
        await pushing
    (last,) = await rest(stream)
    assert isinstance(last, Heartbeat)
    assert last.reconnect_after_ms is not None
    await draining


async def test_a_follower_that_has_gone_is_pushed_nothing(lobby: LiveLobby) -> None:
    party, channel = await lobby.world.party("ann", "bob"), RecordingChannel()
    stream = await lobby.follow_after_snapshot(party, "bob")
    pushing = asyncio.create_task(stream.push_to(channel))
    await asyncio.sleep(0)
    pushing.cancel()
    await asyncio.wait([pushing])
    await stream.aclose()
    async with aclosing(await lobby.follow_after_snapshot(party, "ann")) as follower:
        await entries_to(follower, await post_messages(lobby, party) + 1)
    assert channel.frames == []


async def test_followers_that_refuse_some_frames_get_the_whole_log_once(lobby: LiveLobby) -> None:
    """As sockets do whose buffers fill and drain: frames are pushed and pulled in turns, at any moment."""
    party = await lobby.world.party("ann", "bob")
    chance = random.Random(7)
    messages, readers = 60, 20
    head = party.version + messages

    async def read(stream: Follower) -> list[int]:
        seqs: list[int] = []

        class MoodyChannel:
            def try_send(self, item: Frame) -> bool:
                assert isinstance(item, Entry)
                if item.seq > head or chance.random() < 0.4:
                    return False
                seqs.append(item.seq)
                return True

        async with aclosing(stream):
            while head not in seqs:
                if seqs:
                    await stream.push_to(MoodyChannel())
                if head in seqs:
                    break
                each = await frame(stream)
                assert isinstance(each, Entry)
                seqs.append(each.seq)
        return seqs

    streams = [await lobby.follow_after_snapshot(party, "bob") for _ in range(readers)]
    reading = [asyncio.create_task(read(stream)) for stream in streams]
    for _ in range(messages + 1):
        await post_messages(lobby, party)
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
    async with asyncio.timeout(live_lobby.WAIT_S):
        assert await asyncio.gather(*reading) == [list(range(3, head + 1))] * readers
