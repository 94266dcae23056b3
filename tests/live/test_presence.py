"""Who is there: by streams, by requests, over a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, aclosing
from typing import Any, cast

import pytest

from lobby.auth.passwords import Passwords
from lobby.domain import commands as c
from lobby.domain.events import MemberConnectionChanged
from lobby.domain.model import Member, Party
from lobby.domain.values import Connection
from lobby.live.presence import Presence
from lobby.ports import Commit, Conflict, Store
from lobby.service import Lobby
from tests.domain.scenes import player
from tests.live.house import House
from tests.service.world import done

WAITING_S, STARTING_S, IN_PROGRESS_S = 30, 10, 120


def member(party: Party, name: str) -> Member:
    found = party.member(name)
    assert found is not None, f"{name} is no member"
    return found


async def gone(house: House, party: Party, name: str) -> Member:
    """The member once it is DISCONNECTED."""
    return member(await house.comes_to(party, lambda now: member(now, name).remove_at is not None), name)


async def back(house: House, party: Party, name: str) -> Member:
    """The member once it is CONNECTED."""
    return member(await house.comes_to(party, lambda now: member(now, name).remove_at is None), name)


async def changes(house: House, party: Party) -> list[tuple[str, bool]]:
    """Every change of a connection: whose, and whether it came to be there."""
    events = await house.world.events(party)
    return [(e.player_id, e.remove_at is None) for e in events if isinstance(e, MemberConnectionChanged)]


async def test_the_end_of_a_players_last_stream_ends_presence_at_once(house: House) -> None:
    party = await house.world.party("ann", "bob")
    stream = await house.following(party, "bob")
    await stream.aclose()
    expected = house.world.clock.now() + WAITING_S * 1000
    assert (await gone(house, party, "bob")).remove_at == expected


async def test_a_player_is_there_while_any_device_follows(house: House) -> None:
    party = await house.world.party("ann", "bob")
    phone, laptop = await house.following(party, "bob"), await house.following(party, "bob")
    await phone.aclose()
    await house.presence_settles()
    assert await changes(house, party) == []
    await laptop.aclose()
    await gone(house, party, "bob")


async def test_a_stream_brings_a_player_back(house: House) -> None:
    party = await house.world.party("ann", "bob")
    await (await house.following(party, "bob")).aclose()
    await gone(house, party, "bob")
    async with aclosing(await house.following(party, "bob")):
        assert (await back(house, party, "bob")).disconnected_at is None


async def test_who_comes_back_in_time_finds_seat_class_and_ready_as_they_were(house: House) -> None:
    party = await house.world.party("ann", "bob")
    await house.world.does(party, c.UpdateMember(player("bob"), "Knight"))
    await house.world.does(party, c.SetReady(player("bob"), True, 1))
    await (await house.following(party, "bob")).aclose()
    await gone(house, party, "bob")
    house.world.clock.passes(WAITING_S - 1)
    async with aclosing(await house.following(party, "bob")):
        returned = await back(house, party, "bob")
        assert (returned.character_class, (await house.world.now(party)).is_ready(returned)) == ("Knight", True)


async def test_ready_is_not_kept_when_the_settings_have_moved(house: House) -> None:
    party = await house.world.party("ann", "bob")
    await house.world.does(party, c.SetReady(player("bob"), True, 1))
    await (await house.following(party, "bob")).aclose()
    await gone(house, party, "bob")
    await house.world.does(party, c.UpdateParty(player("ann"), c.SettingsPatch(difficulty="Hard")))
    async with aclosing(await house.following(party, "bob")):
        returned = await back(house, party, "bob")
        assert not (await house.world.now(party)).is_ready(returned)


async def test_who_only_makes_requests_is_there_for_a_grace_after_each(house: House) -> None:
    party = await house.world.party("ann", "bob")
    house.presence.seen("bob")
    for _ in range(3):
        house.world.clock.passes(WAITING_S - 1)
        await house.presence_settles()
        house.presence.seen("bob")
    house.world.clock.passes(WAITING_S - 1)
    await house.presence_settles()
    assert await changes(house, party) == []
    house.world.clock.passes(1)
    left_at = house.world.clock.now()
    assert (await gone(house, party, "bob")).remove_at == left_at + WAITING_S * 1000


async def test_a_request_brings_a_player_back(house: House) -> None:
    party = await house.world.party("ann", "bob")
    await house.world.does(party, c.SetPresence("bob", connected=False))
    house.presence.seen("bob")
    await back(house, party, "bob")


async def test_requests_do_not_outlast_the_end_of_the_last_stream(house: House) -> None:
    party = await house.world.party("ann", "bob")
    stream = await house.following(party, "bob")
    house.presence.seen("bob")
    await stream.aclose()
    await gone(house, party, "bob")


async def test_a_request_after_the_last_stream_counts_again(house: House) -> None:
    party = await house.world.party("ann", "bob")
    await (await house.following(party, "bob")).aclose()
    house.presence.seen("bob")
    await house.presence_settles()
    assert member(await house.world.now(party), "bob").connection is Connection.CONNECTED


async def test_the_grace_of_requests_and_of_the_seat_is_that_of_the_partys_state(house: House) -> None:
    party = await house.world.party("ann", "bob", countdown_s=30)
    house.presence.seen("bob")
    await house.world.does(party, c.StartSession(player("ann"), "run", force=True))
    house.world.clock.passes(WAITING_S)
    assert (await gone(house, party, "bob")).remove_at == house.world.clock.now() + STARTING_S * 1000
    await house.world.does(party, c.BeginSession("run"))
    house.presence.seen("bob")
    await back(house, party, "bob")
    house.world.clock.passes(IN_PROGRESS_S - 1)
    await house.presence_settles()
    assert member(await house.world.now(party), "bob").remove_at is None
    house.world.clock.passes(1)
    assert (await gone(house, party, "bob")).remove_at == house.world.clock.now() + IN_PROGRESS_S * 1000


async def test_who_moves_is_not_gone_from_the_new_party_when_the_old_ones_stream_ends(house: House) -> None:
    """The old party's stream ends with the farewell, and the new one's is not open yet."""
    old, new = await house.world.party("ann", "bob"), await house.world.party("cid")
    stream = await house.following(old, "bob")
    house.presence.seen("bob")
    done(await house.world.join("bob", new.join_code, leave_current=True))
    async for _ in stream:
        pass
    await house.presence_settles()
    assert await changes(house, new) == []


async def test_who_moved_and_was_not_seen_again_is_gone_from_the_new_party_in_time(house: House) -> None:
    old, new = await house.world.party("ann", "bob"), await house.world.party("cid")
    stream = await house.following(old, "bob")
    house.presence.seen("bob")
    done(await house.world.join("bob", new.join_code, leave_current=True))
    await stream.aclose()
    await house.presence_settles()
    house.world.clock.passes(WAITING_S)
    await gone(house, new, "bob")


async def test_after_a_restart_all_count_as_seen_at_start_up(house: House) -> None:
    party = await house.world.party("ann", "bob")
    house.world.clock.passes(3600)
    restarted = Presence(house.world.lobby, house.world.store, house.world.clock, house.world.lobby.bounds)
    await restarted.open()
    house.world.clock.passes(WAITING_S - 1)
    await house.presence_settles()
    assert await changes(house, party) == []
    house.world.clock.passes(1)
    for name in ("ann", "bob"):
        await gone(house, party, name)
    await restarted.close()


async def test_after_a_restart_many_are_looked_at_side_by_side(house: House) -> None:
    """One after the other, each waiting for the disk, the last of them would stay for minutes after their grace."""
    parties = [await house.world.party(f"leader {number}", f"other {number}") for number in range(100)]
    restarted = Presence(house.world.lobby, house.world.store, house.world.clock, house.world.lobby.bounds)
    await restarted.open()
    groups = house.world.disk.groups
    house.world.clock.passes(WAITING_S)
    for number, party in enumerate(parties):
        await gone(house, party, f"leader {number}")
        await gone(house, party, f"other {number}")
    assert house.world.disk.groups - groups < 20
    await restarted.close()


async def test_streams_that_end_because_the_server_goes_down_say_nothing_of_their_players(house: House) -> None:
    party = await house.world.party("ann", "bob")
    stream = await house.following(party, "bob")
    house.presence.freeze()
    await stream.aclose()
    await house.presence_settles()
    assert await changes(house, party) == []


async def test_what_could_not_be_told_is_told_later(house: House) -> None:
    party = await house.world.party("ann", "bob")
    stream = await house.following(party, "bob")
    house.world.disk.release(fails=True)
    await stream.aclose()
    await house.presence_settles()
    house.world.disk.release()
    house.world.clock.passes(1)
    await gone(house, party, "bob")


async def test_a_stranger_comes_and_goes_without_a_trace(house: House) -> None:
    house.presence.seen("eve")
    await house.presence_settles()
    house.world.clock.passes(WAITING_S)
    await house.presence_settles()
    assert (house.presence._seen_at, house.presence._checks, house.presence._next_check) == ({}, [], {})


async def test_what_is_remembered_of_a_player_does_not_grow_with_what_the_player_does(house: House) -> None:
    party = await house.world.party("ann", "bob")
    for _ in range(50):
        house.presence.seen("bob")
        async with aclosing(await house.following(party, "bob")):
            house.presence.seen("bob")
    house.presence.seen("bob")
    await house.presence_settles()
    assert len(house.presence._checks) <= 2
    assert house.presence._streams == {}


@pytest.mark.parametrize("turns", range(6))
async def test_a_stream_that_comes_while_another_goes_wins(house: House, turns: int) -> None:
    party = await house.world.party("ann", "bob")
    old = await house.following(party, "bob")
    await old.aclose()
    for _ in range(turns):
        await asyncio.sleep(0)
    async with aclosing(await house.following(party, "bob")):
        await house.presence_settles()
        assert member(await house.world.now(party), "bob").remove_at is None


class Racing:
    """A store in which somebody else is first, once: meanwhile `before_losing` happens."""

    def __init__(self, store: Store, before_losing: Callable[[], Awaitable[None]]) -> None:
        self._store = store
        self._before_losing: Callable[[], Awaitable[None]] | None = before_losing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, commit: Commit) -> None:
        before_losing, self._before_losing = self._before_losing, None
        if before_losing is not None:
            await before_losing()
            raise Conflict
        await self._store.commit(commit)


async def test_going_that_was_held_up_does_not_win_over_coming_meanwhile(house: House) -> None:
    """Else the player would be told off the party with a stream open, and nobody would look again."""
    world = house.world
    party = await world.party("ann", "bob")
    opened = ExitStack()

    async def bob_comes() -> None:
        opened.enter_context(presence.stream("bob", party.id))
        await house.presence_settles()

    store = cast(Store, Racing(world.store, bob_comes))
    lobby = Lobby(store, world.hints, world.clock, Passwords(), world.lobby.bounds)
    presence = Presence(lobby, store, world.clock, world.lobby.bounds)
    with presence.stream("bob", party.id):
        pass
    with opened:
        await house.comes_to(party, lambda now: now.version == 4)
        assert await changes(house, party) == [("bob", False), ("bob", True)]
        await presence.close()
