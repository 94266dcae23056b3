"""A store copied into another of the other kind, and back: everything is there, and players go on as if nothing had been."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chaos.valkey.server import PASSING, ValkeyServer
from lobby.domain.bounds import Bounds
from lobby.domain.commands import BeginSession, CompleteSession, PostMessage
from lobby.ports import Commit, PartyQuery, RefreshFamily, Retention, SessionQuery, Store
from lobby.stores import InUse, open_store
from lobby.stores.copy import NotEmpty, copy_store
from lobby.stores.copy.choosing import source_of, target_of
from lobby.stores.copy.copying import Copied, Differs, compare
from lobby.stores.copy.ends import Batch, Target
from tests.needs import needs
from tests.stores.changes import ANA, AT, change, create, do, player, record_of, start
from tests.stores.clock import ManualClock
from tests.stores.gate import SteeredGate
from tests.stores.traffic import Traffic

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
    store = await open_store(url, Bounds(), RETENTION, ManualClock(AT))
    try:
        yield store
    finally:
        await store.close()


async def fill(url: str) -> None:
    """Parties of all kinds, some closed; sessions that run and that ended; keys, sign-ins, a log that was cut."""
    async with opened(url) as store:
        long = await create(store, BEA, "long", at=AT)
        for number in range(120):
            long = await do(store, "long", PostMessage(BEA, str(number)), at=AT + number)
        await store.sweep(AT + RETENTION.log_ms + 60)
        await do(store, "long", start("run", BEA), at=AT + 1_000)
        await do(store, "long", BeginSession("run"), CompleteSession(BEA, "run"), at=AT + 60_000)
        traffic = Traffic(store, SteeredGate(), random.Random(3))
        for _ in range(STEPS):
            traffic.at += 10
            await traffic.step()
        await store.commit(Commit((), record_of(long, "a key")))
        await store.save_family(FAMILY, None)


BEA = player("bea")
FAMILY = RefreshFamily("family", "ana", "Ana", 1, AT, AT + 10**10)


async def copied(source_url: str, target_url: str) -> Copied:
    source, target = source_of(source_url), target_of(target_url, RETENTION)
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


async def test_everything_is_there_after_a_copy_and_after_one_back(tmp_path: Path, valkey: str) -> None:
    first, last = file(tmp_path, "first.db"), file(tmp_path, "last.db")
    await fill(first)
    there = await copied(first, valkey)
    back = await copied(valkey, last)
    assert there == back
    assert there.parties > 5
    assert there.entries > STEPS / 4
    assert min(there.sessions, there.records, there.families) > 0
    assert await lists(first) == await lists(valkey) == await lists(last)


async def test_a_party_goes_on_where_it_was(tmp_path: Path, valkey: str) -> None:
    first, last = file(tmp_path, "first.db"), file(tmp_path, "last.db")
    async with opened(first) as store:
        await create(store)
        party = await do(store, "p1", start(), PostMessage(ANA, "before"))
    for source, target in ((first, valkey), (valkey, last)):
        await copied(source, target)
        async with opened(target) as store:
            found = await store.newest("p1")
            assert found == party
            said = change(found, PostMessage(ANA, "after"))
            await store.commit(Commit((said,)))
            party = said.after
            assert await store.session("s1") is not None
            assert await store.party("p1") == party


async def test_a_log_that_was_cut_stays_cut_where_it_was(tmp_path: Path, valkey: str) -> None:
    first = file(tmp_path, "first.db")
    await fill(first)
    await copied(first, valkey)
    async with opened(first) as one, opened(valkey) as other:
        assert await one.oldest_seq("long") == await other.oldest_seq("long") > 1


async def test_what_is_not_empty_is_not_copied_into(tmp_path: Path, valkey: str) -> None:
    first, other = file(tmp_path, "first.db"), file(tmp_path, "other.db")
    for url in (first, other, valkey):
        async with opened(url) as store:
            await create(store)
    for target in (other, valkey):
        with pytest.raises(NotEmpty):
            await copied(first, target)


async def test_a_file_that_a_server_has_open_is_not_copied(tmp_path: Path, valkey: str) -> None:
    first = file(tmp_path, "first.db")
    async with opened(first) as store:
        await create(store)
        with pytest.raises(InUse):
            await copied(first, valkey)


class BreaksOff(Exception):
    pass


class Breaking:
    """A target that breaks off after the first batch."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.open, self.finish, self.close = target.open, target.finish, target.close

    async def put(self, batch: Batch) -> None:
        await self._target.put(batch)
        raise BreaksOff


@pytest.mark.parametrize("kind", ["sqlite", "valkey"])
async def test_a_copy_that_broke_off_opens_no_server_and_can_be_done_again(
    tmp_path: Path, valkey: str, kind: str
) -> None:
    first = file(tmp_path, "first.db")
    target_url = valkey if kind == "valkey" else file(tmp_path, "second.db")
    await fill(first)
    source, target = source_of(first), Breaking(target_of(target_url, RETENTION))
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


async def test_what_is_not_as_it_was_is_found(tmp_path: Path, valkey: str) -> None:
    first = file(tmp_path, "first.db")
    async with opened(first) as store:
        await create(store)
    await copied(first, valkey)
    async with opened(valkey) as store:
        await do(store, "p1", PostMessage(ANA, "meanwhile"))
        source = source_of(first)
        await source.open()
        with pytest.raises(Differs):
            await compare(source, store, lambda what, copied: None)
        await source.close()
