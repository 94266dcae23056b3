"""A store is copied into one of another kind and back: nothing is lost, and players continue."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lobby.domain.blocks import BlockList, block_player
from lobby.domain.bounds import Bounds
from lobby.domain.commands import BeginSession, CompleteSession, ContinueRun, CreateParty, PostMessage, SaveCheckpoint
from lobby.domain.identities import Identity
from lobby.domain.model import Seat
from lobby.domain.moderation import (
    Maintenance,
    ModerationEntry,
    ModerationWrite,
    PlayerBan,
    Report,
    ReportedMessage,
)
from lobby.domain.rules.decide import decide_creation
from lobby.ports import Change, Commit, IdempotencyRecord, PartyQuery, RefreshFamily, Retention, SessionQuery, Store
from lobby.stores import InUse, open_store
from lobby.stores.copy import NotEmpty, copy_store, create_source, create_target
from lobby.stores.copy.copying import Batch, Copied, Differs, Target, compare
from lobby.struct import replace
from tests.lobby.stores.changes import ANA, AT, change, create, do, player, record_of, start
from tests.lobby.stores.traffic import Traffic
from tests.lobby.stores.write_blocker import WriteBlocker
from tests.manual_clock import ManualClock
from tests.needs import needs
from tools.chaos.valkey.server import PASSING, ValkeyServer

RETENTION = Retention(entries_min=32)
STEPS = 400


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[str]:
    needs("valkey")
    server = ValkeyServer(tmp_path / "valkey", PASSING)
    server.start()
    try:
        yield server.url
    finally:
        server.kill()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    store = await open_store(url, Bounds(), RETENTION, ManualClock(AT), sends_events=True)
    try:
        yield store
    finally:
        await store.close()


async def fill(url: str) -> None:
    """Parties of all kinds, some closed, active and ended sessions, records, sign-ins, and a trimmed log."""
    async with opened(url) as store:
        long = await create(store, BEA, "long", at=AT)
        for number in range(120):
            long = await do(store, "long", PostMessage(BEA, str(number)), at=AT + number)
        await store.sweep(AT + RETENTION.log_ms + 60)
        await do(store, "long", start("run", BEA), at=AT + 1_000)
        running = await do(store, "long", BeginSession("run"), at=AT + 60_000)
        saved = change(running, SaveCheckpoint(BEA, "run", "state ☃"), AT + 60_000)
        await store.commit(Commit((saved,), checkpoint_data="state ☃"))
        await do(store, "long", CompleteSession(BEA, "run"), at=AT + 60_000)
        await continue_run(store)
        entries = decide_creation(CreateParty(EVE, external_key="activity"), "keyed", "epoch", "KEYED", AT, Bounds())
        assert isinstance(entries, tuple)
        await store.commit(Commit((Change(None, entries),)))
        traffic = Traffic(store, WriteBlocker(), random.Random(3))
        for _ in range(STEPS):
            traffic.at += 10
            await traffic.step()
        await store.commit(Commit((), record_of(long, "a key")))
        await store.save_refresh_family(FAMILY, None)
        blocks = block_player(BlockList("ana"), BOB, AT, Bounds())
        assert isinstance(blocks, BlockList)
        await store.link_identity(Identity("discord", "1", "ana", AT, "Ana"), 8)
        await store.save_block_list(blocks, IdempotencyRecord("ana", "block", b"input", "", 0, AT))
        await moderate(store)


async def moderate(store: Store) -> None:
    """Acts, of which the oldest is dropped; a ban without an end and one for a time; reports, of which one is resolved."""
    await store.moderation.remember_device("bob", "digest", 4 * AT)
    await store.moderation.record(ModerationWrite(act("old", at=AT - 2 * RETENTION.moderation_ms)))
    await store.moderation.sweep(AT)
    await store.moderation.record(ModerationWrite(act("one"), ban=PlayerBan(BOB, None, "spam", AT, "mia")))
    await store.moderation.record(ModerationWrite(act("two"), ban=PlayerBan(BEA, AT + 10**9, "rude", AT, "mia")))
    starting = Maintenance(AT + 10**9, "An update")
    await store.moderation.record(ModerationWrite(act("three"), sets_maintenance=True, maintenance=starting))
    party = await store.latest("long")
    assert party is not None
    message = ReportedMessage(3, AT, BEA, "rude ☃")
    for number, by in enumerate((EVE, BOB, ANA)):
        report = Report(f"r{number}", party, by, BEA, "rude", AT + number, 3, (message,), "key", b"print")
        await store.moderation.add_report(report)
    resolved = replace(await the_report(store, "r1"), resolved_at=AT + 9, resolution="warned")
    await store.moderation.record(ModerationWrite(act("four", "resolveReport"), resolved=resolved))


def act(key: str, action: str = "banPlayer", at: int = AT) -> ModerationEntry:
    return ModerationEntry(at, "mia", action, key, b"print", BOB.id, None, "spam")


async def the_report(store: Store, report_id: str) -> Report:
    report = await store.moderation.report(report_id)
    assert report is not None
    return report


async def continue_run(store: Store) -> None:
    """The run of Bea is continued by Bob, who was in it."""
    run = await store.saved_run("run")
    assert run is not None
    run = replace(run, seats=(*run.seats, Seat(BOB)))
    entries = decide_creation(ContinueRun(BOB, run), "next", "epoch", "NEXT", AT + 60_000, Bounds())
    assert isinstance(entries, tuple)
    await store.commit(Commit((Change(None, entries),)))


BEA, BOB, EVE = player("bea"), player("bob"), player("eve")
FAMILY = RefreshFamily("family", "ana", "Ana", 1, AT, AT + 10**10)


async def copied(source_url: str, target_url: str) -> Copied:
    source, target = create_source(source_url), create_target(target_url, RETENTION)
    try:
        await source.open()
        await target.open()
        done = await copy_store(source, target, lambda what, copied: None)
        await target.close()
        async with opened(target_url) as store:
            assert await compare(source, store, lambda what, copied: None) == done
        return done
    finally:
        await target.close()
        await source.close()


def file(folder: Path, name: str) -> str:
    return f"sqlite:///{folder / name}"


async def lists(url: str) -> tuple[set[str], int, set[str], int]:
    async with opened(url) as store:
        parties = await store.parties(PartyQuery(first=100))
        sessions = await store.sessions(SessionQuery(first=100))
    return {p.id for p in parties.items}, parties.total, {s.id for s in sessions.items}, sessions.total


async def test_a_copy_and_a_copy_back_keep_everything(tmp_path: Path, valkey: str) -> None:
    first, last = file(tmp_path, "first.db"), file(tmp_path, "last.db")
    await fill(first)
    there = await copied(first, valkey)
    back = await copied(valkey, last)
    assert there == back
    assert there.parties > 5
    assert there.entries > STEPS / 4
    assert min(there.sessions, there.records, there.families, there.saved_runs, there.block_lists, there.identities) > 0
    assert (there.acts, there.bans, there.reports, there.maintenance, there.devices) == (4, 2, 3, 1, 1)
    assert there.positions > 5
    assert await lists(first) == await lists(valkey) == await lists(last)
    async with opened(last) as store:
        assert await store.party_of_external_key("activity") == "keyed"
        waiting = await store.moderation.reports_before(None, 10, unresolved=True)
        assert [report.id for report in waiting] == ["r2", "r0"]
        assert [ban.player for ban in await store.moderation.bans_before(None, 10)] == [BEA, BOB]
        assert (await store.moderation.record(ModerationWrite(act("five")))).number == 6
        again = replace(await the_report(store, "r0"), id="r9")
        assert (await store.moderation.add_report(again)).id == "r0", "a player reports another one once"
        await store.moderation.sweep(AT + 2 * 10**9)
        assert [ban.player for ban in await store.moderation.bans_before(None, 10)] == [BOB]


async def test_a_party_continues_after_a_restart(tmp_path: Path, valkey: str) -> None:
    first, last = file(tmp_path, "first.db"), file(tmp_path, "last.db")
    async with opened(first) as store:
        await create(store)
        party = await do(store, "p1", start(), PostMessage(ANA, "before"))
    for source, target in ((first, valkey), (valkey, last)):
        await copied(source, target)
        async with opened(target) as store:
            found = await store.latest("p1")
            assert found == party
            said = change(found, PostMessage(ANA, "after"))
            await store.commit(Commit((said,)))
            party = said.after
            assert await store.session("s1") is not None
            assert await store.party("p1") == party


async def test_a_trimmed_log_is_the_same_after_a_restart(tmp_path: Path, valkey: str) -> None:
    first = file(tmp_path, "first.db")
    await fill(first)
    await copied(first, valkey)
    async with opened(first) as one, opened(valkey) as other:
        assert await one.oldest_seq("long") == await other.oldest_seq("long") > 1


async def test_new_nodes_go_on_from_the_newest_copied_time(tmp_path: Path, valkey: str) -> None:
    """The clock of the machine may have been set back since."""
    file = f"sqlite:///{tmp_path}/lobby.db"
    await fill(file)
    await copied(file, valkey)
    clock = ManualClock(0)
    store = await open_store(valkey, Bounds(), RETENTION, clock)
    await store.close()
    assert clock.now() > AT


async def test_a_target_that_is_not_empty_is_rejected(tmp_path: Path, valkey: str) -> None:
    first, other = file(tmp_path, "first.db"), file(tmp_path, "other.db")
    for url in (first, other, valkey):
        async with opened(url) as store:
            await create(store)
    for target in (other, valkey):
        with pytest.raises(NotEmpty):
            await copied(first, target)


async def test_a_file_in_use_by_a_server_is_not_copied(tmp_path: Path, valkey: str) -> None:
    first = file(tmp_path, "first.db")
    async with opened(first) as store:
        await create(store)
        with pytest.raises(InUse):
            await copied(first, valkey)


class BreaksOff(Exception):
    pass


class Breaking:
    """A target that fails after the first batch."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.open, self.finish, self.close = target.open, target.finish, target.close

    async def put(self, batch: Batch) -> None:
        await self._target.put(batch)
        raise BreaksOff


@pytest.mark.parametrize("kind", ["sqlite", "valkey"])
async def test_no_server_opens_an_unfinished_copy_and_it_can_be_repeated(
    tmp_path: Path, valkey: str, kind: str
) -> None:
    first = file(tmp_path, "first.db")
    target_url = valkey if kind == "valkey" else file(tmp_path, "second.db")
    await fill(first)
    source, target = create_source(first), Breaking(create_target(target_url, RETENTION))
    await source.open()
    await target.open()
    with pytest.raises(BreaksOff):
        await copy_store(source, target, lambda what, copied: None)
    await target.close()
    await source.close()
    if kind == "valkey":
        with pytest.raises(ValueError, match="half a copy"):
            await open_store(valkey, Bounds(), RETENTION, ManualClock(AT))
    assert (await copied(first, target_url)).parties > 5


async def test_compare_finds_a_difference(tmp_path: Path, valkey: str) -> None:
    first = file(tmp_path, "first.db")
    async with opened(first) as store:
        await create(store)
    await copied(first, valkey)
    async with opened(valkey) as store:
        await do(store, "p1", PostMessage(ANA, "meanwhile"))
        source = create_source(first)
        await source.open()
        with pytest.raises(Differs):
            await compare(source, store, lambda what, copied: None)
        await source.close()
