"""The beginning of a stream: it resumes, begins with a snapshot, or is refused."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from lobby.domain import commands as c
from lobby.domain.cursor import Cursor
from lobby.domain.model import Party
from lobby.domain.party_settings import SettingsPatch
from lobby.live.frames import Snapshot, SnapshotReason
from lobby.live.hub import NotFollowable
from lobby.live.tail import BYTES_MAX
from lobby.ports import Retention, Unavailable
from tests.lobby.app.world import done
from tests.lobby.domain.scenes import player
from tests.lobby.live import live_lobby
from tests.lobby.live.live_lobby import LiveLobby, entries_to, frame

LARGE_BYTES = 20 * 1_024
"""Bytes of the attributes of an entry."""


async def log_party(lobby: LiveLobby) -> Party:
    """A party with many kinds of entries in its log; Ann leads it from the first entry to the last."""
    world = lobby.world
    party = await world.party("ann", "bob", "cid", countdown_s=0)
    await world.execute(party, c.SetReady(player("bob"), True, 1))
    await world.execute(party, c.UpdateMember(player("bob"), "Knight"))
    await world.post_message("cid", "hello", party)
    await world.execute(party, c.PromoteMember(player("ann"), "cid"))
    await world.execute(party, c.PromoteMember(player("cid"), "ann"))
    await world.execute(party, c.StartSession(player("ann"), "run", force=True))
    await world.execute(party, c.BeginSession("run"))
    await world.execute(party, c.CompleteSession(player("ann"), "run"))
    await world.execute(party, c.KickMember(player("ann"), "cid"))
    return await world.execute(party, c.UpdateParty(player("ann"), SettingsPatch(name="Renamed")))


async def test_without_a_cursor_a_stream_begins_with_a_snapshot(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    async with aclosing(lobby.follow(party, "bob")) as stream:
        assert await frame(stream) == Snapshot(party, lobby.world.clock.now(), SnapshotReason.SUBSCRIBED)


async def test_a_stream_resumes_after_every_seq_with_exactly_the_rest(lobby: LiveLobby) -> None:
    party = await log_party(lobby)
    log = await lobby.world.log(party)
    for seq in range(1, party.version):
        async with aclosing(lobby.follow(party, "ann", after=seq)) as stream:
            assert await entries_to(stream, party.version) == log[seq:]


async def test_a_stream_resumes_at_the_head_with_the_next_entry(lobby: LiveLobby) -> None:
    party = await log_party(lobby)
    async with aclosing(lobby.follow(party, "ann", after=party.version)) as stream:
        said = done(await lobby.world.post_message("ann", "and now", party))
        assert [entry.seq for entry in await entries_to(stream, said.seq)] == [said.seq]


NOWHERE = (
    *("", "nonsense", "\x00", "x" * 100_000, "0123456789abcdef.2"),
    *("{epoch}", "{epoch}.", "{epoch}.0", "{epoch}.-1", "{epoch}.03", "{epoch}.1e1", "{epoch}.2 ", "{epoch}.٢"),
    *("{epoch}.999", "{epoch}.999999999999999999999"),
)
"""Cursors without sense, of another log, and beyond the head."""


@pytest.mark.parametrize("written", NOWHERE)
async def test_an_invalid_cursor_begins_with_a_snapshot_cursor_expired(lobby: LiveLobby, written: str) -> None:
    party = await lobby.world.party("ann", "bob")
    async with aclosing(lobby.follow(party, "bob", written.replace("{epoch}", party.epoch))) as stream:
        assert await frame(stream) == Snapshot(party, lobby.world.clock.now(), SnapshotReason.CURSOR_EXPIRED)


async def test_a_cursor_of_another_party_begins_with_a_snapshot(lobby: LiveLobby) -> None:
    party, other = await lobby.world.party("ann"), await lobby.world.party("bob")
    async with aclosing(lobby.follow(party, "ann", str(Cursor(other.epoch, 1)))) as stream:
        assert await frame(stream) == Snapshot(party, lobby.world.clock.now(), SnapshotReason.CURSOR_EXPIRED)


async def test_a_cursor_from_before_the_join_begins_with_a_snapshot(lobby: LiveLobby) -> None:
    """A new member must not get the earlier entries as if they were new."""
    party = await lobby.world.party("ann", "bob")
    async with aclosing(lobby.follow(party, "bob", after=1)) as stream:
        assert await frame(stream) == Snapshot(party, lobby.world.clock.now(), SnapshotReason.CURSOR_EXPIRED)


async def test_a_cursor_older_than_the_log_begins_with_a_snapshot() -> None:
    async with live_lobby.live_lobby(retention=Retention(entries_min=2, log_ms=1000)) as lobby:
        party = await log_party(lobby)
        lobby.world.clock.advance(2)
        await lobby.world.store.sweep(lobby.world.clock.now())
        for seq, is_kept in ((1, False), (party.version - 2, False), (party.version - 1, True)):
            async with aclosing(lobby.follow(party, "ann", after=seq)) as stream:
                assert isinstance(await frame(stream), Snapshot) is not is_kept


async def test_an_unknown_party_has_no_stream(lobby: LiveLobby) -> None:
    with pytest.raises(NotFollowable):
        await frame(lobby.hub.follow("nowhere", "ann", None))


async def test_a_stranger_has_no_stream_with_any_cursor(lobby: LiveLobby) -> None:
    party = await log_party(lobby)
    for after in (None, "nonsense", *range(party.version + 2)):
        with pytest.raises(NotFollowable):
            await frame(lobby.follow(party, "eve", after))


async def test_a_rejected_stream_leaves_no_tail(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann")
    for party_id in (party.id, "nowhere"):
        with pytest.raises(NotFollowable):
            await frame(lobby.hub.follow(party_id, "eve", None))
    assert lobby.hub.follower_count == 0


@pytest.mark.parametrize("after", [None, 2])
@pytest.mark.parametrize("at_read", [1, 2, 3])
async def test_an_entry_between_registering_and_reading_is_not_lost(
    lobby: LiveLobby, after: int | None, at_read: int
) -> None:
    """It comes after one of the three reads of a new stream, whose result is out of date then."""
    party = await lobby.world.party("ann", "bob")
    reads = 0

    async def intrude() -> None:
        nonlocal reads
        reads += 1
        if reads == at_read:
            done(await lobby.world.post_message("ann", "in between", party))

    lobby.store.on_read = intrude
    async with aclosing(lobby.follow(party, "bob", after)) as stream:
        opening = await frame(stream) if after is None else None
        if not (isinstance(opening, Snapshot) and opening.party.version == 3):
            assert [entry.seq for entry in await entries_to(stream, 3)] == [3]


async def test_a_stream_begins_once_the_store_is_available(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    failures = [Unavailable("as the test wished")] * 2

    async def fail() -> None:
        if failures:
            raise failures.pop()

    lobby.store.on_read = fail
    async with aclosing(lobby.follow(party, "ann", after=1)) as stream:
        assert [entry.seq for entry in await entries_to(stream, party.version)] == [2]
    assert failures == []


async def test_a_replay_reads_no_more_large_entries_at_once_than_have_a_bound_together(lobby: LiveLobby) -> None:
    """A stream waits for its client with what it has read."""
    party = await lobby.world.party("ann", "bob")
    first, entries_at_once = party.version, BYTES_MAX // LARGE_BYTES
    for number in range(3 * entries_at_once):
        attributes = tuple((f"k{key}", f"{number}".rjust(1_024)) for key in range(LARGE_BYTES // 1_024))
        party = await lobby.world.execute(party, c.UpdateParty(player("ann"), attributes=attributes))
    lobby.store.reads.clear()
    async with aclosing(lobby.follow(party, "bob", after=first)) as stream:
        replayed = await entries_to(stream, party.version)
    assert [entry.seq for entry in replayed] == list(range(first + 1, party.version + 1))
    assert lobby.store.reads["entries"] >= 3
