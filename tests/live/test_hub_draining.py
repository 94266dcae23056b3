"""The server goes down: every follower is told when to come back."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from lobby.domain import commands as c
from lobby.live.frames import Frame, Heartbeat, Snapshot
from lobby.live.hub import FollowLimits
from tests.domain.scenes import player
from tests.live import house as houses
from tests.live.house import House, frame, rest

LIMITS = FollowLimits(reconnect_min_ms=200, reconnect_spread_ms=2_000)


def reconnect_after_ms(last: Frame) -> int:
    assert isinstance(last, Heartbeat)
    assert last.reconnect_after_ms is not None
    return last.reconnect_after_ms


async def test_every_follower_is_told_and_its_stream_ends(house: House) -> None:
    party, other = await house.world.party("ann", "bob"), await house.world.party("cid")
    streams = [await house.following(p, name) for p, name in ((party, "ann"), (party, "bob"), (other, "cid"))]
    reading = [asyncio.create_task(rest(stream)) for stream in streams]
    await asyncio.sleep(0)
    await house.hub.drain(5.0)
    for frames in await asyncio.gather(*reading):
        assert reconnect_after_ms(frames[-1]) >= LIMITS.reconnect_min_ms
    assert house.hub.follower_count == 0


async def test_they_are_not_told_to_come_back_all_at_once() -> None:
    async with houses.house(limits=LIMITS) as house:
        party = await house.world.party("ann")
        streams = [await house.following(party, "ann") for _ in range(50)]
        reading = [asyncio.create_task(rest(stream)) for stream in streams]
        await house.hub.drain(5.0)
        waits_ms = [reconnect_after_ms((await frames)[-1]) for frames in reading]
        assert len(set(waits_ms)) > 25
        assert min(waits_ms) >= LIMITS.reconnect_min_ms
        assert max(waits_ms) < LIMITS.reconnect_min_ms + LIMITS.reconnect_spread_ms


async def test_who_comes_while_the_server_goes_down_is_told_too(house: House) -> None:
    party = await house.world.party("ann")
    await house.hub.drain(1.0)
    snapshot, last = await rest(house.follow(party, "ann"))
    assert isinstance(snapshot, Snapshot)
    assert reconnect_after_ms(last) > 0


async def test_draining_waits_no_longer_than_it_may_for_one_that_does_not_read(house: House) -> None:
    party = await house.world.party("ann")
    async with aclosing(await house.following(party, "ann")), asyncio.timeout(5):
        await house.hub.drain(0.05)


async def test_draining_with_nobody_there_is_done_at_once(house: House) -> None:
    async with asyncio.timeout(1):
        await house.hub.drain(60.0)


async def test_who_was_kicked_meanwhile_is_shown_nothing_more_of_the_party(house: House) -> None:
    """The entry of the kick is still on its way to this follower: the farewell comes with the resume."""
    party = await house.world.party("ann", "bob")
    async with aclosing(await house.following(party, "bob")) as stream:
        await house.world.does(party, c.KickMember(player("ann"), "bob"))
        async with aclosing(house.follow(party, "ann", 2)) as witness:
            await frame(witness)
        draining = asyncio.create_task(house.hub.drain(5.0))
        await asyncio.sleep(0)
        assert await rest(stream) == []
        await draining


async def test_the_last_heartbeat_is_not_behind_what_the_follower_has_read(house: House) -> None:
    """A follower may have read the log further than the tail has come, when the hints are late."""
    party = await house.world.party("ann", "bob")
    await house.following(party, "ann")
    house.hear_no_hints()
    for text in ("one", "two", "three"):
        await house.world.says("ann", text, party)
    ahead = await house.following(party, "bob")
    head = (await house.world.now(party)).version
    reading = asyncio.create_task(rest(ahead))
    await house.hub.drain(1.0)
    assert [frame.party.version for frame in await reading] == [head]
