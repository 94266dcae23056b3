"""Presence by streams, by requests, and after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, aclosing
from typing import Any, cast

import pytest

from lobby.app.command_handler import CommandHandler
from lobby.auth.passwords import Passwords
from lobby.domain import commands as c
from lobby.domain.events import MemberConnectionChanged
from lobby.domain.model import Member, Party
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.values import Connection
from lobby.limits.attempt_limiter import AttemptLimiters
from lobby.limits.rate_limiter import PlayerLimiters
from lobby.live.presence import Presence
from lobby.ports import Commit, Conflict, Store
from tests.lobby.app.world import done
from tests.lobby.domain.scenes import player
from tests.lobby.live.live_lobby import LiveLobby

WAITING_S, STARTING_S, IN_PROGRESS_S = 30, 10, 120


def member(party: Party, name: str) -> Member:
    create = party.member(name)
    assert create is not None, f"{name} is no member"
    return create


async def gone(lobby: LiveLobby, party: Party, name: str) -> Member:
    """The member once it is DISCONNECTED."""
    return member(await lobby.wait_until(party, lambda now: member(now, name).remove_at is not None), name)


async def back(lobby: LiveLobby, party: Party, name: str) -> Member:
    """The member once it is CONNECTED."""
    return member(await lobby.wait_until(party, lambda now: member(now, name).remove_at is None), name)


async def changes(lobby: LiveLobby, party: Party) -> list[tuple[str, bool]]:
    """Every change of presence in the log: the player, and True for connected."""
    events = await lobby.world.events(party)
    return [(e.player_id, e.remove_at is None) for e in events if isinstance(e, MemberConnectionChanged)]


async def test_the_end_of_a_players_last_stream_ends_presence_at_once(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    stream = await lobby.follow_after_snapshot(party, "bob")
    await stream.aclose()
    expected = lobby.world.clock.now() + WAITING_S * 1000
    assert (await gone(lobby, party, "bob")).remove_at == expected


async def test_a_player_is_connected_while_any_device_follows(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    phone, laptop = await lobby.follow_after_snapshot(party, "bob"), await lobby.follow_after_snapshot(party, "bob")
    await phone.aclose()
    await lobby.wait_for_presence()
    assert await changes(lobby, party) == []
    await laptop.aclose()
    await gone(lobby, party, "bob")


async def test_a_flapping_connection_is_recorded_as_one_that_is_there(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    for _ in range(20):
        stream = await lobby.follow_after_snapshot(party, "bob")
        await stream.aclose()
        await lobby.wait_for_presence()
    assert 1 <= (await changes(lobby, party)).count(("bob", False)) <= 5

    lobby.world.clock.advance(2)
    await gone(lobby, party, "bob")


async def test_a_stream_reconnects_a_player(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    await (await lobby.follow_after_snapshot(party, "bob")).aclose()
    await gone(lobby, party, "bob")
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")):
        assert (await back(lobby, party, "bob")).disconnected_at is None


async def test_a_player_who_reconnects_in_time_keeps_seat_class_and_ready(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    await lobby.world.execute(party, c.UpdateMember(player("bob"), "Knight"))
    await lobby.world.execute(party, c.SetReady(player("bob"), True, 1))
    await (await lobby.follow_after_snapshot(party, "bob")).aclose()
    await gone(lobby, party, "bob")
    lobby.world.clock.advance(WAITING_S - 1)
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")):
        returned = await back(lobby, party, "bob")
        assert (returned.character_class, (await lobby.world.now(party)).is_ready(returned)) == ("Knight", True)


async def test_ready_is_not_kept_if_the_settings_have_changed(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    await lobby.world.execute(party, c.SetReady(player("bob"), True, 1))
    await (await lobby.follow_after_snapshot(party, "bob")).aclose()
    await gone(lobby, party, "bob")
    await lobby.world.execute(party, c.UpdateParty(player("ann"), SettingsPatch(difficulty="Hard")))
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")):
        returned = await back(lobby, party, "bob")
        assert not (await lobby.world.now(party)).is_ready(returned)


async def test_a_player_without_streams_is_connected_for_a_grace_period(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    lobby.presence.record_request("bob")
    for _ in range(3):
        lobby.world.clock.advance(WAITING_S - 1)
        await lobby.wait_for_presence()
        lobby.presence.record_request("bob")
    lobby.world.clock.advance(WAITING_S - 1)
    await lobby.wait_for_presence()
    assert await changes(lobby, party) == []
    lobby.world.clock.advance(1)
    left_at = lobby.world.clock.now()
    assert (await gone(lobby, party, "bob")).remove_at == left_at + WAITING_S * 1000


async def test_after_skipped_time_a_player_without_streams_has_a_full_grace_period(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    lobby.presence.record_request("bob")
    await lobby.wait_for_presence()
    lobby.world.clock.advance(10 * WAITING_S)
    lobby.presence.restart_graces()
    lobby.world.clock.advance(WAITING_S - 1)
    await lobby.wait_for_presence()
    assert await changes(lobby, party) == []
    lobby.world.clock.advance(1)
    await gone(lobby, party, "bob")


async def test_a_request_reconnects_a_player(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    await lobby.world.execute(party, c.SetPresence("bob", connected=False))
    lobby.presence.record_request("bob")
    await back(lobby, party, "bob")


async def test_earlier_requests_do_not_count_after_the_last_stream(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    stream = await lobby.follow_after_snapshot(party, "bob")
    lobby.presence.record_request("bob")
    await stream.aclose()
    await gone(lobby, party, "bob")


async def test_a_request_after_the_last_stream_counts_again(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    await (await lobby.follow_after_snapshot(party, "bob")).aclose()
    lobby.presence.record_request("bob")
    await lobby.wait_for_presence()
    assert member(await lobby.world.now(party), "bob").connection is Connection.CONNECTED


async def test_both_grace_periods_depend_on_the_state_of_the_party(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob", countdown_s=30)
    lobby.presence.record_request("bob")
    await lobby.world.execute(party, c.StartSession(player("ann"), "run", force=True))
    lobby.world.clock.advance(WAITING_S)
    assert (await gone(lobby, party, "bob")).remove_at == lobby.world.clock.now() + STARTING_S * 1000
    await lobby.world.execute(party, c.BeginSession("run"))
    lobby.presence.record_request("bob")
    await back(lobby, party, "bob")
    lobby.world.clock.advance(IN_PROGRESS_S - 1)
    await lobby.wait_for_presence()
    assert member(await lobby.world.now(party), "bob").remove_at is None
    lobby.world.clock.advance(1)
    assert (await gone(lobby, party, "bob")).remove_at == lobby.world.clock.now() + IN_PROGRESS_S * 1000


async def test_the_old_stream_of_a_moved_player_does_not_end_its_presence(lobby: LiveLobby) -> None:
    """The stream of the old party has ended, and the stream of the new one is not open yet."""
    old, new = await lobby.world.party("ann", "bob"), await lobby.world.party("cid")
    stream = await lobby.follow_after_snapshot(old, "bob")
    lobby.presence.record_request("bob")
    done(await lobby.world.join("bob", new.join_code, leave_current=True))
    async for _ in stream:
        pass
    await lobby.wait_for_presence()
    assert await changes(lobby, new) == []


async def test_a_moved_player_who_is_not_seen_again_disconnects_in_time(lobby: LiveLobby) -> None:
    old, new = await lobby.world.party("ann", "bob"), await lobby.world.party("cid")
    stream = await lobby.follow_after_snapshot(old, "bob")
    lobby.presence.record_request("bob")
    done(await lobby.world.join("bob", new.join_code, leave_current=True))
    await stream.aclose()
    await lobby.wait_for_presence()
    lobby.world.clock.advance(WAITING_S)
    await gone(lobby, new, "bob")


async def test_after_a_restart_all_players_count_as_seen_at_the_start(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    lobby.world.clock.advance(3600)
    restarted = Presence(lobby.world.handler, lobby.world.store, lobby.world.clock, lobby.world.handler.bounds)
    await restarted.open()
    lobby.world.clock.advance(WAITING_S - 1)
    await lobby.wait_for_presence()
    assert await changes(lobby, party) == []
    lobby.world.clock.advance(1)
    for name in ("ann", "bob"):
        await gone(lobby, party, name)
    await restarted.close()


async def test_after_a_restart_many_players_are_checked_concurrently(lobby: LiveLobby) -> None:
    """If each waited for the disk in turn, the last of them would stay minutes after their grace period."""
    parties = [await lobby.world.party(f"leader {number}", f"other {number}") for number in range(100)]
    restarted = Presence(lobby.world.handler, lobby.world.store, lobby.world.clock, lobby.world.handler.bounds)
    await restarted.open()
    groups = lobby.world.disk.groups
    lobby.world.clock.advance(WAITING_S)
    for number, party in enumerate(parties):
        await gone(lobby, party, f"leader {number}")
        await gone(lobby, party, f"other {number}")
    assert lobby.world.disk.groups - groups < 20
    await restarted.close()


async def test_streams_that_end_in_a_shutdown_do_not_change_presence(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    stream = await lobby.follow_after_snapshot(party, "bob")
    lobby.presence.freeze()
    await stream.aclose()
    await lobby.wait_for_presence()
    assert await changes(lobby, party) == []


async def test_a_change_of_presence_that_failed_is_retried(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    stream = await lobby.follow_after_snapshot(party, "bob")
    lobby.world.disk.release(fails=True)
    await stream.aclose()
    await lobby.wait_for_presence()
    lobby.world.disk.release()
    lobby.world.clock.advance(1)
    await gone(lobby, party, "bob")


async def test_a_player_without_a_party_leaves_no_trace(lobby: LiveLobby) -> None:
    lobby.presence.record_request("eve")
    await lobby.wait_for_presence()
    lobby.world.clock.advance(WAITING_S)
    await lobby.wait_for_presence()
    assert (lobby.presence._seen_at, lobby.presence._checks, lobby.presence._next_check) == ({}, [], {})


async def test_the_memory_for_a_player_is_bounded(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    for _ in range(50):
        lobby.presence.record_request("bob")
        async with aclosing(await lobby.follow_after_snapshot(party, "bob")):
            lobby.presence.record_request("bob")
    lobby.presence.record_request("bob")
    await lobby.wait_for_presence()
    assert len(lobby.presence._checks) <= 2
    assert lobby.presence._streams == {}


@pytest.mark.parametrize("turns", range(6))
async def test_a_new_stream_wins_over_one_that_ends_at_the_same_time(lobby: LiveLobby, turns: int) -> None:
    party = await lobby.world.party("ann", "bob")
    old = await lobby.follow_after_snapshot(party, "bob")
    await old.aclose()
    for _ in range(turns):
        await asyncio.sleep(0)
    async with aclosing(await lobby.follow_after_snapshot(party, "bob")):
        await lobby.wait_for_presence()
        assert member(await lobby.world.now(party), "bob").remove_at is None


class Racing:
    """A store in which another command is first, once: `before_losing` runs in between."""

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


async def test_a_delayed_disconnect_does_not_win_over_a_new_stream(lobby: LiveLobby) -> None:
    """Otherwise the player would be disconnected with an open stream, and nothing would check again."""
    world = lobby.world
    party = await world.party("ann", "bob")
    opened = ExitStack()

    async def bob_comes() -> None:
        opened.enter_context(presence.open_stream("bob", party.id))
        await lobby.wait_for_presence()

    store = cast(Store, Racing(world.store, bob_comes))
    limiters = PlayerLimiters(None, AttemptLimiters.local())
    handler = CommandHandler(store, world.hints, world.clock, Passwords(), world.handler.bounds, limiters)
    presence = Presence(handler, store, world.clock, world.handler.bounds)
    with presence.open_stream("bob", party.id):
        pass
    with opened:
        await lobby.wait_until(party, lambda now: now.version == 4)
        assert await changes(lobby, party) == [("bob", False), ("bob", True)]
        await presence.close()
