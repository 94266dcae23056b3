"""Reading a party's log."""

from __future__ import annotations

import pytest

from lobby.domain.commands import JoinParty, LeaveParty, PostMessage, SetReady
from lobby.domain.model import Party
from lobby.ports import LogTrimmed, Retention, Store
from tests.lobby.stores.changes import ANA, AT, BEN, create, do
from tests.lobby.stores.home import Home

HOUR_MS = 3_600_000


async def chat(store: Store, party: Party, count: int, at: int = AT) -> list[Party]:
    """The party after each of `count` messages."""
    return [await do(store, party.id, PostMessage(ANA, f"message {n}"), at=at) for n in range(count)]


async def test_entries_carry_event_author_time_and_party(store: Store) -> None:
    made = await create(store)
    joined = await do(store, "p1", JoinParty(BEN), at=AT + 5)
    first, second = await store.entries("p1", 0, 10)
    assert made == first.party
    assert (2, AT + 5, "ben", joined) == (second.seq, second.at, second.actor_id, second.party)
    assert type(second.event).__name__ == "MemberJoined"


async def test_entries_are_read_from_any_seq_up_to_the_limit(store: Store) -> None:
    await chat(store, await create(store), 9)
    assert [entry.seq for entry in await store.entries("p1", 3, 3)] == [4, 5, 6]
    assert [entry.seq for entry in await store.entries("p1", 8, 10)] == [9, 10]


async def test_at_the_head_and_past_it_there_are_no_entries(store: Store) -> None:
    await create(store)
    assert list(await store.entries("p1", 1, 10)) == []
    assert list(await store.entries("p1", 7, 10)) == []
    assert list(await store.entries("nobody", 0, 10)) == []


async def test_all_entries_of_one_commit_can_be_read(store: Store) -> None:
    made = await create(store)
    await do(store, "p1", JoinParty(BEN))
    closed = await do(store, "p1", LeaveParty(BEN), LeaveParty(ANA))
    entries = await store.entries("p1", 0, 10)
    assert list(range(1, closed.version + 1)) == [entry.seq for entry in entries]
    assert made == entries[0].party
    assert closed == entries[-1].party


async def test_a_party_can_be_read_as_of_any_kept_entry(store: Store) -> None:
    made = await create(store)
    parties = [made, *await chat(store, made, 70)]
    assert parties == [await store.party_at("p1", party.version) for party in parties]
    assert await store.party_at("p1", 72) is None
    assert await store.party_at("p1", 0) is None
    assert await store.party_at("nobody", 1) is None


async def test_a_closed_party_can_still_be_read(store: Store) -> None:
    made = await create(store)
    closed = await do(store, "p1", LeaveParty(ANA))
    assert closed == await store.party("p1")
    assert closed == await store.latest("p1")
    assert made == await store.party_at("p1", 1)
    assert closed.version == len(await store.entries("p1", 0, 10))
    assert list(await store.entries("p1", closed.version, 10)) == []
    assert await store.oldest_seq("p1") == 1


async def test_a_sweep_drops_old_entries_above_the_minimum(home: Home) -> None:
    home.retention = Retention(entries_min=42, log_ms=HOUR_MS)
    store = await home.open()
    await chat(store, await create(store), 200)  # 201 in all: 160 is the last entry that may be the first one kept
    await store.sweep(AT + HOUR_MS - 1)
    assert await store.oldest_seq("p1") == 1
    await store.sweep(AT + HOUR_MS)
    oldest = await store.oldest_seq("p1")
    assert 160 - 32 <= oldest <= 160
    with pytest.raises(LogTrimmed):
        await store.entries("p1", 0, 10)
    with pytest.raises(LogTrimmed):
        await store.entries("p1", oldest - 2, 10)
    assert list(range(oldest, 202)) == [entry.seq for entry in await store.entries("p1", oldest - 1, 1000)]
    assert await store.party_at("p1", oldest - 1) is None
    assert await store.party_at("p1", oldest) is not None
    await store.close()


async def test_a_sweep_keeps_young_entries_of_a_long_log(home: Home) -> None:
    home.retention = Retention(entries_min=10, log_ms=HOUR_MS)
    store = await home.open()
    party = await create(store)
    await chat(store, party, 69)
    await chat(store, party, 70, at=AT + HOUR_MS)
    await store.sweep(AT + HOUR_MS)
    assert 1 < await store.oldest_seq("p1") <= 71
    await store.close()


async def test_a_sweep_drops_the_oldest_entries_of_a_log_with_too_many_bytes(home: Home) -> None:
    """However young and few the entries are: a party can fill its log within its rates."""
    home.retention = Retention(log_bytes_max=50_000)
    store = await home.open()
    await create(store)
    for number in range(200):
        await do(store, "p1", PostMessage(ANA, f"{number} {'x' * 400}"))
    await store.sweep(AT)
    oldest = await store.oldest_seq("p1")
    assert 33 < oldest < 195
    assert [entry.seq for entry in await store.entries("p1", oldest - 1, 1000)] == list(range(oldest, 202))
    assert await store.party_at("p1", oldest) is not None
    joined = await do(store, "p1", JoinParty(BEN))
    await store.sweep(AT)
    assert await store.oldest_seq("p1") >= oldest
    assert joined == await store.party_at("p1", 202)
    await store.close()


async def test_the_newest_entries_stay_however_large_they_are(home: Home) -> None:
    home.retention = Retention(log_bytes_max=1)
    store = await home.open()
    messages = await chat(store, await create(store), 40)
    for _ in range(3):
        await store.sweep(AT)
    assert await store.oldest_seq("p1") > 1
    assert messages[-1] == await store.party_at("p1", 41)
    joined = await do(store, "p1", JoinParty(BEN))
    assert [entry.party for entry in await store.entries("p1", 41, 10)] == [joined]
    await store.close()


async def test_a_log_continues_after_a_sweep(home: Home) -> None:
    home.retention = Retention(entries_min=10, log_ms=HOUR_MS)
    store = await home.open()
    await chat(store, await create(store), 100)
    await store.sweep(AT + HOUR_MS)
    joined = await do(store, "p1", JoinParty(BEN), SetReady(BEN, True, 1), at=AT + HOUR_MS)
    assert joined == await store.party("p1")
    assert [entry.seq for entry in await store.entries("p1", 101, 10)] == [102, 103]
    await store.close()


async def test_a_closed_party_is_dropped_when_its_log_expires(store: Store, home: Home) -> None:
    await create(store)
    closed = await do(store, "p1", LeaveParty(ANA))
    await create(store, party_id="p2")
    await store.sweep(AT + home.retention.log_ms - 1)
    assert closed == await store.party("p1")
    await store.sweep(AT + home.retention.log_ms)
    assert await store.party("p1") is None
    assert list(await store.entries("p1", 0, 10)) == []
    assert await store.oldest_seq("p1") == 1
    assert await store.party("p2") is not None
