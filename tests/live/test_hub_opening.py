"""How a stream begins: where it resumes, when it begins with a snapshot, and who gets none at all."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from lobby.domain import commands as c
from lobby.domain.cursor import Cursor
from lobby.domain.model import Party
from lobby.live.frames import Snapshot, SnapshotReason
from lobby.live.hub import NotFollowable
from lobby.ports import Retention, Unavailable
from tests.domain.scenes import player
from tests.live import house as houses
from tests.live.house import House, entries_to, frame
from tests.service.world import done


async def told(house: House) -> Party:
    """A party with some of everything in its log; Ann leads it from the first entry to the last."""
    world = house.world
    party = await world.party("ann", "bob", "cid", countdown_s=0)
    await world.does(party, c.SetReady(player("bob"), True, 1))
    await world.does(party, c.UpdateMember(player("bob"), "Knight"))
    await world.says("cid", "hello", party)
    await world.does(party, c.PromoteMember(player("ann"), "cid"))
    await world.does(party, c.PromoteMember(player("cid"), "ann"))
    await world.does(party, c.StartSession(player("ann"), "run", force=True))
    await world.does(party, c.BeginSession("run"))
    await world.does(party, c.CompleteSession(player("ann"), "run"))
    await world.does(party, c.KickMember(player("ann"), "cid"))
    return await world.does(party, c.UpdateParty(player("ann"), c.SettingsPatch(name="Renamed")))


async def test_without_a_cursor_a_stream_begins_with_the_party_as_it_stands(house: House) -> None:
    party = await house.world.party("ann", "bob")
    async with aclosing(house.follow(party, "bob")) as stream:
        assert await frame(stream) == Snapshot(party, house.world.clock.now(), SnapshotReason.SUBSCRIBED)


async def test_from_every_seq_of_a_log_a_stream_resumes_with_exactly_the_rest(house: House) -> None:
    party = await told(house)
    log = await house.world.log(party)
    for seq in range(1, party.version):
        async with aclosing(house.follow(party, "ann", after=seq)) as stream:
            assert await entries_to(stream, party.version) == log[seq:]


async def test_from_the_head_a_stream_resumes_with_what_comes_next(house: House) -> None:
    party = await told(house)
    async with aclosing(house.follow(party, "ann", after=party.version)) as stream:
        said = done(await house.world.says("ann", "and now", party))
        assert [entry.seq for entry in await entries_to(stream, said.seq)] == [said.seq]


NOWHERE = (
    *("", "nonsense", "\x00", "x" * 100_000, "0123456789abcdef.2"),
    *("{epoch}", "{epoch}.", "{epoch}.0", "{epoch}.-1", "{epoch}.03", "{epoch}.1e1", "{epoch}.2 ", "{epoch}.٢"),
    *("{epoch}.999", "{epoch}.999999999999999999999"),
)
"""Cursors without sense, of another log, and beyond the head."""


@pytest.mark.parametrize("written", NOWHERE)
async def test_a_cursor_that_leads_nowhere_begins_with_a_snapshot_that_says_so(house: House, written: str) -> None:
    party = await house.world.party("ann", "bob")
    async with aclosing(house.follow(party, "bob", written.replace("{epoch}", party.epoch))) as stream:
        assert await frame(stream) == Snapshot(party, house.world.clock.now(), SnapshotReason.CURSOR_EXPIRED)


async def test_another_partys_cursor_leads_nowhere(house: House) -> None:
    party, other = await house.world.party("ann"), await house.world.party("bob")
    async with aclosing(house.follow(party, "ann", str(Cursor(other.epoch, 1)))) as stream:
        assert await frame(stream) == Snapshot(party, house.world.clock.now(), SnapshotReason.CURSOR_EXPIRED)


async def test_a_cursor_from_before_one_joined_begins_with_a_snapshot(house: House) -> None:
    """What the others did before is not told to the newcomer as if it were news."""
    party = await house.world.party("ann", "bob")
    async with aclosing(house.follow(party, "bob", after=1)) as stream:
        assert await frame(stream) == Snapshot(party, house.world.clock.now(), SnapshotReason.CURSOR_EXPIRED)


async def test_a_cursor_older_than_the_log_begins_with_a_snapshot() -> None:
    async with houses.house(retention=Retention(entries_min=2, log_ms=1000)) as house:
        party = await told(house)
        house.world.clock.passes(2)
        await house.world.store.sweep(house.world.clock.now())
        for seq, is_kept in ((1, False), (party.version - 2, False), (party.version - 1, True)):
            async with aclosing(house.follow(party, "ann", after=seq)) as stream:
                assert isinstance(await frame(stream), Snapshot) is not is_kept


async def test_there_is_no_stream_of_what_does_not_exist(house: House) -> None:
    with pytest.raises(NotFollowable):
        await frame(house.hub.follow("nowhere", "ann", None))


async def test_there_is_no_stream_for_a_stranger_whatever_cursor_was_found_or_made_up(house: House) -> None:
    party = await told(house)
    for after in (None, "nonsense", *range(party.version + 2)):
        with pytest.raises(NotFollowable):
            await frame(house.follow(party, "eve", after))


async def test_a_refused_stream_leaves_nothing_behind(house: House) -> None:
    party = await house.world.party("ann")
    for party_id in (party.id, "nowhere"):
        with pytest.raises(NotFollowable):
            await frame(house.hub.follow(party_id, "eve", None))
    assert house.hub.follower_count == 0


@pytest.mark.parametrize("after", [None, 2])
@pytest.mark.parametrize("at_read", [1, 2, 3])
async def test_an_entry_that_comes_between_registering_and_reading_is_not_lost(
    house: House, after: int | None, at_read: int
) -> None:
    """Whichever of a new stream's three reads it slips in behind, what was read is old by then."""
    party = await house.world.party("ann", "bob")
    reads = 0

    async def intrude() -> None:
        nonlocal reads
        reads += 1
        if reads == at_read:
            done(await house.world.says("ann", "in between", party))

    house.store.on_read = intrude
    async with aclosing(house.follow(party, "bob", after)) as stream:
        opening = await frame(stream) if after is None else None
        if not (isinstance(opening, Snapshot) and opening.party.version == 3):
            assert [entry.seq for entry in await entries_to(stream, 3)] == [3]


async def test_a_stream_begins_once_the_store_can_be_read(house: House) -> None:
    party = await house.world.party("ann", "bob")
    failures = [Unavailable("as the test wished")] * 2

    async def fail() -> None:
        if failures:
            raise failures.pop()

    house.store.on_read = fail
    async with aclosing(house.follow(party, "ann", after=1)) as stream:
        assert [entry.seq for entry in await entries_to(stream, party.version)] == [2]
    assert failures == []
