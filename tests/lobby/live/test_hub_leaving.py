"""The end of a stream: all entries up to the member's departure, then `Removed`, then nothing; live, and on a late resume."""

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
from tests.lobby.app.world import World, done
from tests.lobby.domain.scenes import player
from tests.lobby.live.live_lobby import LiveLobby, frame, removed, rest

Departing = Callable[[World, Party], Awaitable[object]]
COOLDOWN_MS = Bounds().kick_cooldown_ms


async def leaves(world: World, party: Party) -> None:
    await world.execute(party, c.LeaveParty(player("bob")))


async def is_kicked(world: World, party: Party) -> None:
    await world.execute(party, c.KickMember(player("ann"), "bob"))


async def is_banned(world: World, party: Party) -> None:
    await world.execute(party, c.KickMember(player("ann"), "bob", ban=True))


async def moves(world: World, party: Party) -> None:
    other = await world.party("zoe")
    done(await world.join("bob", other.join_code, leave_current=True))


async def times_out(world: World, party: Party) -> None:
    await world.execute(party, c.SetPresence("bob", connected=False))
    world.clock.advance(30)
    await world.execute(party, c.MeetDeadlines())


DEPARTURES: dict[LeaveReason, Departing] = {
    LeaveReason.LEFT: leaves,
    LeaveReason.KICKED: is_kicked,
    LeaveReason.BANNED: is_banned,
    LeaveReason.JOINED_ANOTHER: moves,
    LeaveReason.TIMED_OUT: times_out,
}


@pytest.mark.parametrize(("reason", "departs"), DEPARTURES.items())
async def test_a_leaving_member_gets_its_own_entry_then_removed_then_the_end(
    lobby: LiveLobby, reason: LeaveReason, departs: Departing
) -> None:
    world = lobby.world
    party = await world.party("ann", "bob", "cid")
    lobby.presence.freeze()  # else an open stream would keep its player from timing out
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")) as stream:
        await departs(world, party)
        done(await world.post_message("ann", "he is gone", party))
        *entries, last = await rest(stream)
    own = next(e for e in await world.log(party) if isinstance(e.event, MemberLeft) and e.event.player.id == "bob")
    assert entries == (await world.log(party))[party.version : own.seq]
    removed_frame = removed(last)
    assert (removed_frame.reason, removed_frame.party, removed_frame.player_id) == (reason, own.party, "bob")


@pytest.mark.parametrize(("reason", "departs"), DEPARTURES.items())
async def test_a_former_member_who_resumes_gets_the_same_last_frames(
    lobby: LiveLobby, reason: LeaveReason, departs: Departing
) -> None:
    world = lobby.world
    party = await world.party("ann", "bob", "cid")
    done(await world.post_message("ann", "hello", party))
    await departs(world, party)
    done(await world.post_message("ann", "he is gone", party))
    log = await world.log(party)
    own = next(e for e in log if isinstance(e.event, MemberLeft) and e.event.player.id == "bob")
    for after in range(2, len(log) + 1):
        *entries, last = await rest(lobby.follow(party, "bob", after))
        assert (entries, removed(last).reason) == (log[after : own.seq], reason)
        assert removed(last).party == own.party


@pytest.mark.parametrize(("reason", "departs"), DEPARTURES.items())
async def test_only_a_kick_has_a_time_to_retry(lobby: LiveLobby, reason: LeaveReason, departs: Departing) -> None:
    party = await lobby.world.party("ann", "bob", "cid")
    await departs(lobby.world, party)
    left_at = lobby.world.clock.now()
    lobby.world.clock.advance(7)
    removed_frame = removed((await rest(lobby.follow(party, "bob", party.version)))[-1])
    assert removed_frame.retry_at == (left_at + COOLDOWN_MS if reason is LeaveReason.KICKED else None)


@pytest.mark.parametrize(("reason", "departs"), DEPARTURES.items())
async def test_a_former_member_without_a_cursor_has_no_stream(
    lobby: LiveLobby, reason: LeaveReason, departs: Departing
) -> None:
    party = await lobby.world.party("ann", "bob", "cid")
    await departs(lobby.world, party)
    for after in (None, "nonsense"):
        with pytest.raises(NotFollowable):
            await frame(lobby.follow(party, "bob", after))


async def disbanded(lobby: LiveLobby) -> tuple[Party, list[Entry]]:
    """A closed party of Ann, Bob and Cid, and its log: three entries, a departure for each, and the end."""
    party = await lobby.world.party("ann", "bob", "cid")
    await lobby.world.execute(party, c.DisbandParty(player("ann")))
    return party, await lobby.world.log(party)


async def test_all_members_follow_a_disbanded_party_to_its_end(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob", "cid")
    streams = {name: await lobby.follow_after_snapshot(party, name) for name in ("ann", "bob", "cid")}
    await lobby.world.execute(party, c.DisbandParty(player("ann")))
    log = await lobby.world.log(party)
    for stream in streams.values():
        *entries, last = await rest(stream)
        assert entries == log[3:]
        assert isinstance(log[-1].event, PartyClosed)
        assert (removed(last).reason, removed(last).party) == (LeaveReason.PARTY_CLOSED, log[-1].party)


@pytest.mark.parametrize("name", ["ann", "bob", "cid"])
async def test_a_resume_between_the_last_entries_gets_all_of_them(lobby: LiveLobby, name: str) -> None:
    """The connection may be lost before or after the member's departure; the party's end comes after both."""
    party, log = await disbanded(lobby)
    for after in range(3, len(log)):
        *entries, last = await rest(lobby.follow(party, name, after))
        assert (entries, removed(last).reason) == (log[after:], LeaveReason.PARTY_CLOSED)


async def test_a_resume_after_the_last_entry_gets_removed_again(lobby: LiveLobby) -> None:
    party, log = await disbanded(lobby)
    assert removed(*await rest(lobby.follow(party, "bob", len(log)))).reason is LeaveReason.PARTY_CLOSED


async def test_a_member_who_left_earlier_gets_nothing_of_the_end(lobby: LiveLobby) -> None:
    world = lobby.world
    party = await world.party("ann", "bob", "cid")
    await world.execute(party, c.LeaveParty(player("bob")))
    await world.execute(party, c.DisbandParty(player("ann")))
    for after in range(4, 8):
        assert removed(*await rest(lobby.follow(party, "bob", after))).reason is LeaveReason.LEFT


async def test_the_last_member_to_leave_gets_the_closing_entry(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann")
    async with aclosing(await lobby.follow_after_snapshot(party, "ann")) as stream:
        await lobby.world.execute(party, c.LeaveParty(player("ann")))
        left, closed, last = await rest(stream)
    assert isinstance(left, Entry)
    assert isinstance(closed, Entry)
    assert (type(left.event), type(closed.event)) == (MemberLeft, PartyClosed)
    assert removed(last).reason is LeaveReason.LEFT


async def test_the_last_member_to_leave_resumes_to_the_closing_entry(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann")
    await lobby.world.execute(party, c.LeaveParty(player("ann")))
    log = await lobby.world.log(party)
    for after in (1, 2):
        *entries, last = await rest(lobby.follow(party, "ann", after))
        assert (entries, type(last)) == (log[after:], Removed)


async def test_the_streams_of_other_members_go_on(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob", "cid")
    async with aclosing(await lobby.follow_after_snapshot(party, "cid")) as stream:
        await lobby.world.execute(party, c.LeaveParty(player("ann")))
        left, led = await frame(stream), await frame(stream)
        assert isinstance(left, Entry)
        assert isinstance(led, Entry)
        assert (type(left.event), type(led.event)) == (MemberLeft, LeaderChanged)


async def test_a_member_who_joins_again_needs_a_new_stream(lobby: LiveLobby) -> None:
    world = lobby.world
    party = await world.party("ann", "bob")
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")) as old:
        await world.execute(party, c.LeaveParty(player("bob")))
        again = done(await world.join("bob", party.join_code)).party
        left, last = await rest(old)
        assert isinstance(left, Entry)
        assert (left.seq, removed(last).reason) == (3, LeaveReason.LEFT)
    async with aclosing(await lobby.follow_after_snapshot(again, "bob")) as new:
        seq = done(await world.post_message("ann", "welcome", party)).seq
        first = await frame(new)
        assert isinstance(first, Entry)
        assert first.seq == seq
