"""Idempotency records are committed together with the change that they belong to."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.commands import JoinParty
from lobby.ports import Commit, Conflict, Store
from tests.lobby.stores.changes import AT, BEN, CAT, change, create, record_of
from tests.lobby.stores.home import Home
from tests.lobby.stores.write_blocker import WriteBlocker


async def test_a_record_is_read_as_it_was_committed(store: Store) -> None:
    record = record_of(await create(store), key="läuft ✓\x00")
    await store.commit(Commit((), record))
    assert record == await store.find_idempotency_record("ana", "läuft ✓\x00")
    assert await store.find_idempotency_record("ana", "another") is None
    assert await store.find_idempotency_record("ben", "läuft ✓\x00") is None


async def test_player_and_key_do_not_run_into_each_other(store: Store) -> None:
    await store.commit(Commit((), record_of(await create(store), key="bc")))
    assert await store.find_idempotency_record("anab", "c") is None
    assert await store.find_idempotency_record("an", "abc") is None


async def test_a_pending_record_is_found(store: Store, write_blocker: WriteBlocker) -> None:
    made = await create(store)
    write_blocker.hold()
    joined = change(made, JoinParty(BEN))
    record = record_of(joined.after)
    committing = asyncio.create_task(store.commit(Commit((joined,), record)))
    await write_blocker.reached()
    assert record == await store.find_idempotency_record("ana", "key")
    write_blocker.release()
    await store.wait_durable(record.party_id, record.seq)
    await committing


async def test_a_key_is_used_once(store: Store) -> None:
    made = await create(store)
    await store.commit(Commit((), record_of(made)))
    with pytest.raises(Conflict):
        await store.commit(Commit((change(made, JoinParty(BEN)),), record_of(made, fingerprint=b"other")))
    assert made == await store.latest("p1")


async def test_of_two_concurrent_commits_with_one_key_one_succeeds(store: Store) -> None:
    ana, ben = await create(store, party_id="p1"), await create(store, BEN, "p2")
    rivals = (
        Commit((change(ana, JoinParty(CAT)),), record_of(ana)),
        Commit((change(ben, JoinParty(CAT)),), record_of(ben)),
    )
    outcomes = await asyncio.gather(*map(store.commit, rivals), return_exceptions=True)
    assert [Conflict] == [type(outcome) for outcome in outcomes if outcome is not None]


async def test_a_record_that_left_memory_is_found(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lobby.stores.local.idempotency_records.LATEST_MAX", 1)
    made = await create(store)
    records = [record_of(made, f"key{count}") for count in range(3)]
    for record in records:
        await store.commit(Commit((), record))
    assert records == [await store.find_idempotency_record("ana", record.key) for record in records]
    with pytest.raises(Conflict):
        await store.commit(Commit((), records[0]))


async def test_text_that_can_not_be_stored_affects_no_other_commit(store: Store) -> None:
    made = await create(store)
    with pytest.raises(UnicodeEncodeError):
        await store.commit(Commit((), record_of(made, key="\ud800")))
    await store.commit(Commit((), record_of(made)))


async def test_a_sweep_drops_records_when_their_time_is_over(store: Store, home: Home) -> None:
    made = await create(store)
    await store.commit(Commit((), record_of(made, "old")))
    await store.commit(Commit((), record_of(made, "young", at=AT + 1)))
    over = AT + home.retention.idempotency_ms
    await store.sweep(over - 1)
    assert await store.find_idempotency_record("ana", "old") is not None
    await store.sweep(over)
    assert await store.find_idempotency_record("ana", "old") is None
    assert await store.find_idempotency_record("ana", "young") is not None
    await store.commit(Commit((), record_of(made, "old", at=over)))
