"""A shutdown sends every follower the time to reconnect."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from lobby.domain import commands as c
from lobby.live.frames import Frame, Heartbeat, Snapshot
from lobby.live.hub import FollowLimits
from lobby.live.tail import PAGE_ENTRIES
from lobby.ports import Unavailable
from tests.lobby.domain.scenes import player
from tests.lobby.live import live_lobby
from tests.lobby.live.live_lobby import LiveLobby, frame, rest

LIMITS = FollowLimits(reconnect_min_ms=200, reconnect_spread_min_ms=2_000)


def reconnect_after_ms(last: Frame) -> int:
    assert isinstance(last, Heartbeat)
    assert last.reconnect_after_ms is not None
    return last.reconnect_after_ms


async def test_every_follower_gets_the_time_to_reconnect_and_its_stream_ends(lobby: LiveLobby) -> None:
    party, other = await lobby.world.party("ann", "bob"), await lobby.world.party("cid")
    streams = [
        await lobby.follow_after_snapshot(p, name) for p, name in ((party, "ann"), (party, "bob"), (other, "cid"))
    ]
    reading = [asyncio.create_task(rest(stream)) for stream in streams]
    await asyncio.sleep(0)
    await lobby.hub.drain(5.0)
    for frames in await asyncio.gather(*reading):
        assert reconnect_after_ms(frames[-1]) >= LIMITS.reconnect_min_ms
    assert lobby.hub.follower_count == 0


async def test_reconnect_times_are_spread() -> None:
    async with live_lobby.live_lobby(limits=LIMITS) as lobby:
        party = await lobby.world.party("ann")
        streams = [await lobby.follow_after_snapshot(party, "ann") for _ in range(50)]
        reading = [asyncio.create_task(rest(stream)) for stream in streams]
        await lobby.hub.drain(5.0)
        waits_ms = [reconnect_after_ms((await frames)[-1]) for frames in reading]
        assert len(set(waits_ms)) > 25
        assert min(waits_ms) >= LIMITS.reconnect_min_ms
        assert max(waits_ms) < LIMITS.reconnect_min_ms + LIMITS.reconnect_spread_min_ms


@pytest.mark.parametrize(
    ("spread_max_ms", "expected_ms"), [(30_000, 90), (40, 40)], ids=["by what they cost", "the bound"]
)
async def test_reconnect_times_are_spread_by_what_the_reconnects_cost(spread_max_ms: int, expected_ms: int) -> None:
    limits = FollowLimits(reconnect_min_ms=200, reconnect_spread_min_ms=1, reconnect_spread_max_ms=spread_max_ms)
    async with live_lobby.live_lobby(limits=limits) as lobby:
        party = await lobby.world.party("ann")
        streams = [await lobby.follow_after_snapshot(party, "ann") for _ in range(60)]
        reading = [asyncio.create_task(rest(stream)) for stream in streams]
        await lobby.hub.drain(5.0)
        waits_ms = [reconnect_after_ms((await frames)[-1]) - 200 for frames in reading]
    assert expected_ms / 2 < max(waits_ms) < expected_ms


async def test_a_new_follower_during_the_shutdown_gets_the_time_to_reconnect(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann")
    await lobby.hub.drain(1.0)
    snapshot, last = await rest(lobby.follow(party, "ann"))
    assert isinstance(snapshot, Snapshot)
    assert reconnect_after_ms(last) > 0


async def test_draining_waits_a_bounded_time_for_a_slow_consumer(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann")
    async with aclosing(await lobby.follow_after_snapshot(party, "ann")), asyncio.timeout(5):
        await lobby.hub.drain(0.05)


async def test_draining_without_followers_ends_at_once(lobby: LiveLobby) -> None:
    async with asyncio.timeout(10):
        await lobby.hub.drain(60.0)


async def test_a_kicked_follower_gets_no_heartbeat_during_the_shutdown(lobby: LiveLobby) -> None:
    """The entry of the kick has not reached this follower yet. It gets the entry and `Removed` when it resumes."""
    party = await lobby.world.party("ann", "bob")
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")) as stream:
        await lobby.world.execute(party, c.KickMember(player("ann"), "bob"))
        async with aclosing(lobby.follow(party, "ann", 2)) as follower:
            await frame(follower)
        draining = asyncio.create_task(lobby.hub.drain(5.0))
        await asyncio.sleep(0)
        assert await rest(stream) == []
        await draining


async def test_the_last_heartbeat_has_at_least_the_version_that_was_read(lobby: LiveLobby) -> None:
    """A follower may have read the log further than the tail has come, when the hints are late."""
    party = await lobby.world.party("ann", "bob")
    await lobby.follow_after_snapshot(party, "ann")
    lobby.hear_no_hints()
    for text in ("one", "two", "three"):
        await lobby.world.post_message("ann", text, party)
    ahead = await lobby.follow_after_snapshot(party, "bob")
    head = (await lobby.world.now(party)).version
    reading = asyncio.create_task(rest(ahead))
    await lobby.hub.drain(1.0)
    assert [frame.party.version for frame in await reading] == [head]


async def test_a_shutdown_while_the_store_is_away_ends_streams_without_an_error(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann")

    async def fail() -> None:
        raise Unavailable("connection refused")

    lobby.store.on_read = fail
    reading = asyncio.create_task(rest(lobby.follow(party, "ann")))
    await asyncio.sleep(0)
    await lobby.hub.drain(0.1)
    async with asyncio.timeout(5):
        assert await reading == []


async def test_a_follower_whose_missed_entries_cannot_be_read_gets_the_time_to_reconnect(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann")
    for number in range(2 * PAGE_ENTRIES):
        await lobby.world.post_message("ann", str(number), party)
    async with aclosing(lobby.follow(party, "ann", party.version)) as stream:
        await frame(stream)

        async def fail() -> None:
            raise Unavailable("connection refused")

        lobby.store.on_read = fail
        reading = asyncio.create_task(rest(stream))
        await asyncio.sleep(0)
        await lobby.hub.drain(5.0)
        missed = await reading
    assert len(missed) == PAGE_ENTRIES
    assert reconnect_after_ms(missed[-1]) > 0
