"""A live stream: in order, without a gap, and not delayed by slow consumers."""

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
from tests.lobby.app.world import done
from tests.lobby.domain.scenes import player
from tests.lobby.live import live_lobby
from tests.lobby.live.live_lobby import LiveLobby, entries_to, frame

QUEUE_MAX = 4


@pytest.fixture
async def narrow() -> AsyncIterator[LiveLobby]:
    """A live lobby whose followers may be behind by four entries."""
    async with live_lobby.live_lobby(limits=FollowLimits(queue_max=QUEUE_MAX)) as lobby:
        yield lobby


@pytest.fixture
async def quick() -> AsyncIterator[LiveLobby]:
    """A live lobby with a short heartbeat interval."""
    async with live_lobby.live_lobby(limits=FollowLimits(heartbeat_s=0.05)) as lobby:
        yield lobby


async def post_messages(lobby: LiveLobby, party: Party, count: int, name: str = "ann") -> int:
    """Post so many messages, and return the seq of the last."""
    seq = 0
    for number in range(count):
        seq = done(await lobby.world.post_message(name, str(number), party)).seq
    return seq


async def test_entries_come_in_order_with_the_party_as_it_was(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")) as stream:
        head = await post_messages(lobby, party, 10)
        assert await entries_to(stream, head) == (await lobby.world.log(party))[2:]


async def test_a_resumed_stream_continues_with_live_entries(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    await post_messages(lobby, party, 20)
    talking = asyncio.create_task(post_messages(lobby, party, 20))
    async with aclosing(lobby.follow(party, "bob", after=2)) as stream:
        read = await entries_to(stream, party.version + 40)
    await talking
    assert read == (await lobby.world.log(party))[2:]


async def test_a_replay_longer_than_the_queue_needs_no_snapshot(narrow: LiveLobby) -> None:
    party = await narrow.world.party("ann", "bob")
    head = await post_messages(narrow, party, 5 * QUEUE_MAX)
    async with aclosing(narrow.follow(party, "bob", after=2)) as stream:
        assert [entry.seq for entry in await entries_to(stream, head)] == list(range(3, head + 1))


async def test_many_followers_from_anywhere_get_the_same_log(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob", "cid")
    await post_messages(lobby, party, 10)
    talking = asyncio.create_task(post_messages(lobby, party, 30))
    head = party.version + 40

    async def read(name: str, after: int) -> list[int]:
        async with aclosing(lobby.follow(party, name, after)) as stream:
            return [entry.seq for entry in await entries_to(stream, head)]

    # Following does not change the log: all are connected from the start, and stay so for the others' streams.
    async with AsyncExitStack() as present:
        for name in ("ann", "bob", "cid"):
            await present.enter_async_context(aclosing(await lobby.follow_after_snapshot(party, name)))
        starts = [3 + number % 10 for number in range(60)]
        reads = await asyncio.gather(*(read(("ann", "bob", "cid")[n % 3], after) for n, after in enumerate(starts)))
    await talking
    assert reads == [list(range(after + 1, head + 1)) for after in starts]


@pytest.mark.parametrize("turns", range(10))
async def test_an_entry_wakes_a_follower_at_any_moment(lobby: LiveLobby, turns: int) -> None:
    """It may come in any turn of the event loop around the turn in which the follower finds nothing and starts to wait."""
    party = await lobby.world.party("ann", "bob")
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")) as stream:
        for _ in range(20):
            await asyncio.sleep(0)  # the tail has looked, and waits
        saying = asyncio.create_task(lobby.world.post_message("ann", "hello", party))
        for _ in range(turns):
            await asyncio.sleep(0)
        assert [entry.seq for entry in await entries_to(stream, 3)] == [3]
        done(await saying)


async def test_a_slow_consumer_gets_a_snapshot_in_place_of_the_backlog(narrow: LiveLobby) -> None:
    party = await narrow.world.party("ann", "bob")
    async with aclosing(await narrow.follow_after_snapshot(party, "bob")) as slow:
        await post_messages(narrow, party, 1)
        await entries_to(slow, 3)
        head = await post_messages(narrow, party, QUEUE_MAX + 1)
        async with aclosing(narrow.follow(party, "ann", after=head - 1)) as follower:
            await entries_to(follower, head)
        behind = await frame(slow)
        assert behind == Snapshot(await narrow.world.now(party), behind.at, SnapshotReason.FELL_BEHIND)
        head = await post_messages(narrow, party, 2)
        assert [entry.seq for entry in await entries_to(slow, head)][-2:] == [head - 1, head]


async def test_a_follower_behind_by_the_queue_size_loses_nothing(narrow: LiveLobby) -> None:
    party = await narrow.world.party("ann", "bob")
    async with aclosing(await narrow.follow_after_snapshot(party, "bob")) as slow:
        await post_messages(narrow, party, 1)
        await entries_to(slow, 3)
        head = await post_messages(narrow, party, QUEUE_MAX)
        assert len(await entries_to(slow, head)) == QUEUE_MAX


async def test_a_follower_that_does_not_read_delays_nobody(narrow: LiveLobby) -> None:
    party = await narrow.world.party("ann", "bob")
    async with (
        aclosing(await narrow.follow_after_snapshot(party, "bob")),
        aclosing(await narrow.follow_after_snapshot(party, "ann")) as other,
    ):
        for number in range(5 * QUEUE_MAX):
            seq = await post_messages(narrow, party, 1)
            assert [entry.seq for entry in await entries_to(other, seq)] == [3 + number]


async def test_a_heartbeat_has_the_newest_party(quick: LiveLobby) -> None:
    party = await quick.world.party("ann", "bob")
    async with aclosing(await quick.follow_after_snapshot(party, "bob")) as stream:
        await post_messages(quick, party, 2)
        await entries_to(stream, 4)
        now = quick.world.clock.now()
        assert await frame(stream) == Heartbeat(await quick.world.now(party), now)
        assert await frame(stream) == Heartbeat(await quick.world.now(party), now)


async def test_a_heartbeat_is_not_ahead_of_its_stream(quick: LiveLobby) -> None:
    """No hint has reached the tail, so the stream is ahead of the tail, and the store is ahead of both."""
    party = await quick.world.party("ann", "bob")
    async with aclosing(await quick.follow_after_snapshot(party, "ann")):
        quick.hear_no_hints()
        seen = await post_messages(quick, party, 1)
        async with aclosing(quick.follow(party, "bob")) as stream:
            assert (await frame(stream)).party.version == seen
            await post_messages(quick, party, 2)
            heartbeat = await frame(stream)
            assert (type(heartbeat), heartbeat.party.version) == (Heartbeat, seen)


async def test_there_is_no_heartbeat_while_entries_come() -> None:
    """For longer than the interval, which is longer than a pause of a busy machine."""
    async with live_lobby.live_lobby(limits=FollowLimits(heartbeat_s=2.0)) as lobby:
        party = await lobby.world.party("ann", "bob")
        async with aclosing(await lobby.follow_after_snapshot(party, "bob")) as stream:

            async def talk() -> None:
                for _ in range(10):
                    await asyncio.sleep(0.25)
                    await post_messages(lobby, party, 1)

            talking = asyncio.create_task(talk())
            assert len(await entries_to(stream, 12)) == 10
            await talking


async def test_an_entry_has_the_message_and_its_author(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")) as stream:
        await post_messages(lobby, party, 1)
        (entry,) = await entries_to(stream, 3)
        assert (entry.actor_id, entry.event) == ("ann", MessagePosted(player("ann"), "0"))


async def test_the_last_follower_to_leave_closes_the_tail(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    streams = [await lobby.follow_after_snapshot(party, name) for name in ("ann", "bob", "bob")]
    assert lobby.hub.follower_count == 3
    for stream in streams:
        await stream.aclose()
    assert lobby.hub.follower_count == 0


async def test_a_party_can_be_followed_again_after_the_last_follower_left(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann")
    await (await lobby.follow_after_snapshot(party, "ann")).aclose()
    await lobby.world.execute(party, c.UpdateMember(player("ann"), "Knight"))
    async with aclosing(lobby.follow(party, "ann", after=1)) as stream:
        assert (await entries_to(stream, 2))[0].seq == 2


async def test_after_a_resync_followers_of_every_party_get_missed_entries(lobby: LiveLobby) -> None:
    parties = [await lobby.world.party(leader) for leader in ("ann", "bob", "cid")]
    streams = [await lobby.follow_after_snapshot(party, party.members[0].player.id) for party in parties]
    lobby.hear_no_hints()
    heads = [await post_messages(lobby, party, 2, party.members[0].player.id) for party in parties]
    lobby.hub.resync()
    for stream, head in zip(streams, heads, strict=True):
        async with asyncio.timeout(1):  # far sooner than a look from time to time
            assert [entry.seq for entry in await entries_to(stream, head)] == [head - 1, head]
