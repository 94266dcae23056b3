"""The stream of an inbox: where it begins, how it resumes, and what a player gets who is too far behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

from lobby.app.block_service import BlockService
from lobby.app.invite_service import InviteService
from lobby.app.player_names import PlayerNames
from lobby.domain import commands as c
from lobby.domain.cursor import Cursor
from lobby.domain.inbox import Announced, InboxPost, InviteUpdated, MembershipChanged
from lobby.domain.invites import ended
from lobby.domain.values import InviteState, LeaveReason
from lobby.limits.count_limiter import LimitReached
from lobby.live.frames import InboxFrame, InboxHeartbeat, InboxSnapshot, InboxUpdate
from lobby.live.hub import FollowLimits
from lobby.ports import Retention
from tests.lobby.app.world import done
from tests.lobby.domain.scenes import player
from tests.lobby.live.live_lobby import LiveLobby, frame, frames, live_lobby, rest

DAY_MS = 24 * 3_600_000
Stream = AsyncGenerator[InboxFrame, None]


def follow(lobby: LiveLobby, name: str, after: InboxFrame | str | None = None) -> Stream:
    cursor = after if isinstance(after, str) or after is None else cursor_of(after)
    return lobby.hub.follow_inbox(player(name), cursor)


def cursor_of(each: InboxFrame) -> str:
    return str(Cursor.of_inbox(each.inbox, each.at))


def snapshot(each: InboxFrame) -> InboxSnapshot:
    assert isinstance(each, InboxSnapshot), each
    return each


def event(each: InboxFrame) -> object:
    assert isinstance(each, InboxUpdate), each
    return each.entry.event


async def announce(lobby: LiveLobby, name: str, *numbers: int) -> None:
    now = lobby.world.clock.now()
    posts = [InboxPost(name, now, Announced(f"words {number}"), str(number)) for number in numbers]
    await lobby.world.store.post_to_inboxes(posts)


async def test_the_first_frame_shows_the_party_of_the_player(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    async with aclosing(follow(lobby, "bob")) as stream:
        first = snapshot(await frame(stream))
        assert first.party == party
        assert first.inbox.version == 1
    async with aclosing(follow(lobby, "eve")) as stream:
        first = snapshot(await frame(stream))
        assert (first.party, first.inbox.version) == (None, 0)


async def test_entries_come_as_they_happen(lobby: LiveLobby) -> None:
    async with aclosing(follow(lobby, "bob")) as stream:
        await frame(stream)
        party = await lobby.world.party("ann", "bob")
        came = await frame(stream)
        assert event(came) == MembershipChanged(party.id)
        assert isinstance(came, InboxUpdate)
        assert came.party == party
        await lobby.world.execute(party, c.KickMember(player("ann"), "bob"))
        left = await frame(stream)
        assert event(left) == MembershipChanged(party.id, LeaveReason.KICKED)
        assert isinstance(left, InboxUpdate)
        assert left.party is None


async def test_invites_come_as_they_change_unless_the_player_blocks_the_inviter(lobby: LiveLobby) -> None:
    names = PlayerNames(lobby.world.store)
    invites, blocks = (
        InviteService(lobby.world.handler, lobby.world.join_service.proposals, names),
        BlockService(lobby.world.handler, names),
    )
    party = await lobby.world.party("ann", "bob")
    async with aclosing(follow(lobby, "eve")) as stream:
        await frame(stream)
        for name, other in (("bob", "eve"), ("eve", "bob")):
            sent = done(await invites.invite(player("ann"), party.id, "eve")).party.pending_invite("eve")
            assert sent is not None
            assert event(await frame(stream)) == InviteUpdated(sent)
            done(await invites.end(c.RevokeInvite(player("ann"), sent.id)))
            assert event(await frame(stream)) == InviteUpdated(ended(sent, InviteState.REVOKED))
            await blocks.block(player(name), other)
        done(await invites.invite(player("bob"), party.id, "eve"))
        await announce(lobby, "eve", 1)
        assert event(await frame(stream)) == Announced("words 1"), "the invite of a blocked player does not come"


async def test_a_stream_resumes_after_the_cursor_of_any_frame(lobby: LiveLobby) -> None:
    async with aclosing(follow(lobby, "bob")) as stream:
        seen = [await frame(stream)]
        for number in range(3):
            await announce(lobby, "bob", number)
            seen.append(await frame(stream))
    for position, each in enumerate(seen):
        async with aclosing(follow(lobby, "bob", each)) as stream:
            await announce(lobby, "bob", 10 + position)
            got = await frames(stream, 4)
            assert got[: 3 - position] == seen[position + 1 :]
            assert event(got[-1]) == Announced(f"words {10 + position}")


@pytest.mark.parametrize("after", ["", "abc", "0.0", "0-0.5", "feed-1.1"])
async def test_a_cursor_of_another_log_brings_a_snapshot(lobby: LiveLobby, after: str) -> None:
    await lobby.world.party("bob")
    async with aclosing(follow(lobby, "bob", after)) as stream:
        assert snapshot(await frame(stream)).inbox.version == 1


async def test_a_cursor_of_another_player_brings_a_snapshot(lobby: LiveLobby) -> None:
    await announce(lobby, "ann", 1)
    await announce(lobby, "bob", 1)
    async with aclosing(follow(lobby, "ann")) as stream:
        foreign = await frame(stream)
    async with aclosing(follow(lobby, "bob", foreign)) as stream:
        snapshot(await frame(stream))


async def test_a_cursor_that_is_too_old_brings_a_snapshot(lobby: LiveLobby) -> None:
    async with aclosing(follow(lobby, "ann")) as stream:
        empty = await frame(stream)
    async with aclosing(follow(lobby, "bob")) as stream:
        await frame(stream)
        await announce(lobby, "bob", 1)
        old = await frame(stream)
    lobby.world.clock.advance_ms(7 * DAY_MS)
    await lobby.world.store.sweep(lobby.world.clock.now())
    for name, cursor in (("ann", empty), ("bob", old)):
        async with aclosing(follow(lobby, name, cursor)) as stream:
            assert snapshot(await frame(stream)).inbox.version == 0


async def test_an_inbox_that_was_deleted_brings_a_snapshot_to_its_followers(lobby: LiveLobby) -> None:
    await announce(lobby, "bob", 1, 2)
    async with aclosing(follow(lobby, "bob")) as stream:
        await frame(stream)
        await lobby.world.store.drop_inbox("bob")
        await announce(lobby, "bob", 3)
        assert snapshot(await frame(stream)).inbox.version == 1
        await announce(lobby, "bob", 4)
        assert event(await frame(stream)) == Announced("words 4")


async def test_an_entry_about_a_party_that_is_gone_is_skipped_by_a_snapshot(lobby: LiveLobby) -> None:
    async with aclosing(follow(lobby, "bob")) as stream:
        start = await frame(stream)
    party = await lobby.world.party("ann", "bob")
    await lobby.world.execute(party, c.DisbandParty(player("ann")))
    lobby.world.clock.advance_ms(2 * DAY_MS)
    await lobby.world.store.sweep(lobby.world.clock.now())
    async with aclosing(follow(lobby, "bob", start)) as stream:
        first = snapshot(await frame(stream))
        assert (first.inbox.version, first.party) == (2, None)
        await announce(lobby, "bob", 1)
        assert event(await frame(stream)) == Announced("words 1")


async def test_a_follower_that_falls_behind_gets_one_snapshot() -> None:
    async with live_lobby(limits=FollowLimits(queue_max=4)) as lobby, aclosing(follow(lobby, "bob")) as stream:
        await frame(stream)
        await announce(lobby, "bob", 0)
        await frame(stream)
        await announce(lobby, "bob", *range(1, 20))
        second = follow(lobby, "bob")
        assert snapshot(await frame(second)).inbox.version == 20
        await second.aclose()
        async with asyncio.timeout(5):
            while not isinstance(each := await anext(stream), InboxSnapshot):
                assert each.inbox.version <= 20
            assert each.inbox.version == 20


async def test_silence_brings_heartbeats() -> None:
    async with (
        live_lobby(limits=FollowLimits(heartbeat_s=0.05)) as lobby,
        aclosing(follow(lobby, "bob")) as stream,
    ):
        first = await frame(stream)
        beat = await frame(stream)
        assert isinstance(beat, InboxHeartbeat)
        assert (beat.inbox, beat.reconnect_after_ms) == (first.inbox, None)


async def test_a_shutdown_sends_the_time_to_reconnect(lobby: LiveLobby) -> None:
    streams = [follow(lobby, name) for name in ("ann", "bob")]
    for stream in streams:
        await frame(stream)
    reading = [asyncio.create_task(rest(stream)) for stream in streams]
    await asyncio.sleep(0)
    await lobby.hub.drain(5.0)
    for got in await asyncio.gather(*reading):
        assert isinstance(got[-1], InboxHeartbeat)
        assert got[-1].reconnect_after_ms is not None
    assert lobby.hub.follower_count == 0


async def test_streams_of_the_inbox_count_for_the_limit_of_streams(lobby: LiveLobby) -> None:
    streams = [follow(lobby, "bob") for _ in range(65)]
    for stream in streams[:64]:
        await frame(stream)
    with pytest.raises(LimitReached):
        await frame(streams[64])
    for stream in streams:
        await stream.aclose()


async def test_a_player_is_connected_to_the_inbox_while_a_stream_is_open(lobby: LiveLobby) -> None:
    presence = lobby.presence
    party = await lobby.world.party("bob")
    assert not await presence.is_connected_to_inbox("bob")
    async with aclosing(follow(lobby, "bob")) as stream, aclosing(follow(lobby, "bob")) as other:
        await frame(stream)
        await frame(other)
        assert await presence.is_connected_to_inbox("bob")
        await other.aclose()
        assert await presence.is_connected_to_inbox("bob")
        assert not await presence.is_connected_to_inbox("ann")
    assert not await presence.is_connected_to_inbox("bob")
    await lobby.wait_for_presence()
    assert (await lobby.world.now(party)).version == party.version, "it makes nobody a connected member"


async def test_a_stream_resumes_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "lobby.db"
    async with live_lobby(file=file) as lobby:
        async with aclosing(follow(lobby, "bob")) as stream:
            start = await frame(stream)
        party = await lobby.world.party("ann", "bob")
        at = lobby.world.clock.now()
    async with live_lobby(file=file, at=at, retention=Retention()) as lobby:
        await announce(lobby, "bob", 1)
        async with aclosing(follow(lobby, "bob", start)) as stream:
            assert [event(each) for each in await frames(stream, 2)] == [
                MembershipChanged(party.id),
                Announced("words 1"),
            ]
