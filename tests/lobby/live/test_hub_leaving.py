"""The end of a stream: everything up to one's own leaving, the farewell, and not a frame more; live, and on a late resume."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import Entry, LeaderChanged, MemberLeft, PartyClosed
from lobby.domain.model import Party
from lobby.domain.values import LeaveReason
from lobby.live.frames import Removed
from lobby.live.hub import NotFollowable
from tests.domain.scenes import player
from tests.live.house import House, frame, removed, rest
from tests.service.world import World, done

Departing = Callable[[World, Party], Awaitable[object]]
COOLDOWN_MS = Bounds().kick_cooldown_ms


async def leaves(world: World, party: Party) -> None:
    await world.does(party, c.LeaveParty(player("bob")))


async def is_kicked(world: World, party: Party) -> None:
    await world.does(party, c.KickMember(player("ann"), "bob"))


async def is_banned(world: World, party: Party) -> None:
    await world.does(party, c.KickMember(player("ann"), "bob", ban=True))


async def moves(world: World, party: Party) -> None:
    other = await world.party("zoe")
    done(await world.join("bob", other.join_code, leave_current=True))


async def times_out(world: World, party: Party) -> None:
    await world.does(party, c.SetPresence("bob", connected=False))
    world.clock.passes(30)
    await world.does(party, c.MeetDeadlines())


DEPARTURES: dict[LeaveReason, Departing] = {
    LeaveReason.LEFT: leaves,
    LeaveReason.KICKED: is_kicked,
    LeaveReason.BANNED: is_banned,
    LeaveReason.JOINED_ANOTHER: moves,
    LeaveReason.TIMED_OUT: times_out,
}


@pytest.mark.parametrize(("reason", "departs"), DEPARTURES.items())
async def test_whoever_goes_gets_ones_own_leaving_the_farewell_and_nothing_more(
    house: House, reason: LeaveReason, departs: Departing
) -> None:
    world = house.world
    party = await world.party("ann", "bob", "cid")
    house.presence.freeze()  # else an open stream would keep its player from timing out
    async with aclosing(await house.following(party, "bob")) as stream:
        await departs(world, party)
        done(await world.says("ann", "he is gone", party))
        *entries, last = await rest(stream)
    own = next(e for e in await world.log(party) if isinstance(e.event, MemberLeft) and e.event.player.id == "bob")
    assert entries == (await world.log(party))[party.version : own.seq]
    farewell = removed(last)
    assert (farewell.reason, farewell.party, farewell.player_id) == (reason, own.party, "bob")


@pytest.mark.parametrize(("reason", "departs"), DEPARTURES.items())
async def test_whoever_resumes_later_gets_the_same_end(house: House, reason: LeaveReason, departs: Departing) -> None:
    world = house.world
    party = await world.party("ann", "bob", "cid")
    done(await world.says("ann", "hello", party))
    await departs(world, party)
    done(await world.says("ann", "he is gone", party))
    log = await world.log(party)
    own = next(e for e in log if isinstance(e.event, MemberLeft) and e.event.player.id == "bob")
    for after in range(2, len(log) + 1):
        *entries, last = await rest(house.follow(party, "bob", after))
        assert (entries, removed(last).reason) == (log[after : own.seq], reason)
        assert removed(last).party == own.party


@pytest.mark.parametrize(("reason", "departs"), DEPARTURES.items())
async def test_only_a_kick_says_when_one_may_come_again(house: House, reason: LeaveReason, departs: Departing) -> None:
    party = await house.world.party("ann", "bob", "cid")
    await departs(house.world, party)
    left_at = house.world.clock.now()
    house.world.clock.passes(7)
    farewell = removed((await rest(house.follow(party, "bob", party.version)))[-1])
    assert farewell.retry_at == (left_at + COOLDOWN_MS if reason is LeaveReason.KICKED else None)


@pytest.mark.parametrize(("reason", "departs"), DEPARTURES.items())
async def test_without_a_cursor_there_is_no_stream_any_more(
    house: House, reason: LeaveReason, departs: Departing
) -> None:
    party = await house.world.party("ann", "bob", "cid")
    await departs(house.world, party)
    for after in (None, "nonsense"):
        with pytest.raises(NotFollowable):
            await frame(house.follow(party, "bob", after))


async def disbanded(house: House) -> tuple[Party, list[Entry]]:
    """A closed party of Ann, Bob and Cid, and its log: three entries, a leaving for each, the end."""
    party = await house.world.party("ann", "bob", "cid")
    await house.world.does(party, c.DisbandParty(player("ann")))
    return party, await house.world.log(party)


async def test_a_disbanded_party_is_followed_to_its_end_by_everybody(house: House) -> None:
    party = await house.world.party("ann", "bob", "cid")
    streams = {name: await house.following(party, name) for name in ("ann", "bob", "cid")}
    await house.world.does(party, c.DisbandParty(player("ann")))
    log = await house.world.log(party)
    for stream in streams.values():
        *entries, last = await rest(stream)
        assert entries == log[3:]
        assert isinstance(log[-1].event, PartyClosed)
        assert (removed(last).reason, removed(last).party) == (LeaveReason.PARTY_CLOSED, log[-1].party)


@pytest.mark.parametrize("name", ["ann", "bob", "cid"])
async def test_a_resume_within_the_end_of_a_party_still_gets_all_of_it(house: House, name: str) -> None:
    """Whether the connection was lost before or behind one's own leaving: the party's end is behind both."""
    party, log = await disbanded(house)
    for after in range(3, len(log)):
        *entries, last = await rest(house.follow(party, name, after))
        assert (entries, removed(last).reason) == (log[after:], LeaveReason.PARTY_CLOSED)


async def test_who_has_had_the_end_gets_the_farewell_again(house: House) -> None:
    party, log = await disbanded(house)
    assert removed(*await rest(house.follow(party, "bob", len(log)))).reason is LeaveReason.PARTY_CLOSED


async def test_who_left_before_the_end_gets_nothing_of_the_end(house: House) -> None:
    world = house.world
    party = await world.party("ann", "bob", "cid")
    await world.does(party, c.LeaveParty(player("bob")))
    await world.does(party, c.DisbandParty(player("ann")))
    for after in range(4, 8):
        assert removed(*await rest(house.follow(party, "bob", after))).reason is LeaveReason.LEFT


async def test_the_last_to_leave_sees_the_party_close(house: House) -> None:
    party = await house.world.party("ann")
    async with aclosing(await house.following(party, "ann")) as stream:
        await house.world.does(party, c.LeaveParty(player("ann")))
        left, closed, last = await rest(stream)
    assert isinstance(left, Entry)
    assert isinstance(closed, Entry)
    assert (type(left.event), type(closed.event)) == (MemberLeft, PartyClosed)
    assert removed(last).reason is LeaveReason.LEFT


async def test_the_last_to_leave_resumes_to_the_close_too(house: House) -> None:
    party = await house.world.party("ann")
    await house.world.does(party, c.LeaveParty(player("ann")))
    log = await house.world.log(party)
    for after in (1, 2):
        *entries, last = await rest(house.follow(party, "ann", after))
        assert (entries, type(last)) == (log[after:], Removed)


async def test_the_others_go_on(house: House) -> None:
    party = await house.world.party("ann", "bob", "cid")
    async with aclosing(await house.following(party, "cid")) as stream:
        await house.world.does(party, c.LeaveParty(player("ann")))
        left, led = await frame(stream), await frame(stream)
        assert isinstance(left, Entry)
        assert isinstance(led, Entry)
        assert (type(left.event), type(led.event)) == (MemberLeft, LeaderChanged)


async def test_who_comes_again_has_a_new_stream_and_the_old_one_has_ended(house: House) -> None:
    world = house.world
    party = await world.party("ann", "bob")
    async with aclosing(await house.following(party, "bob")) as old:
        await world.does(party, c.LeaveParty(player("bob")))
        again = done(await world.join("bob", party.join_code)).party
        left, last = await rest(old)
        assert isinstance(left, Entry)
        assert (left.seq, removed(last).reason) == (3, LeaveReason.LEFT)
    async with aclosing(await house.following(again, "bob")) as new:
        seq = done(await world.says("ann", "welcome", party)).seq
        first = await frame(new)
        assert isinstance(first, Entry)
        assert first.seq == seq
