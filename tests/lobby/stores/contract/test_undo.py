"""A group that the disk can't write is undone, with all that builds on it."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.commands import JoinParty, LeaveParty
from lobby.ports import Commit, Conflict, PartyQuery, RefreshFamily, Store, Unavailable
from tests.lobby.stores.changes import ANA, BEN, CAT, DAN, change, create, do, party_creation, record_of, start
from tests.lobby.stores.home import Home
from tests.lobby.stores.write_blocker import WriteBlocker


async def test_a_failed_commit_leaves_nothing_behind(store: Store, write_blocker: WriteBlocker) -> None:
    made = await create(store)
    write_blocker.fail_next()
    joined = change(made, JoinParty(BEN))
    with pytest.raises(Unavailable):
        await store.commit(Commit((joined,), record_of(made)))
    assert made == await store.latest("p1")
    assert made == await store.party("p1")
    assert await store.party_of_player("ben") is None
    assert await store.find_idempotency_record("ana", "key") is None
    assert await store.entries("p1", 1, 10) == ()


async def test_a_failed_new_party_leaves_its_claims_free(store: Store, write_blocker: WriteBlocker) -> None:
    write_blocker.fail_next()
    with pytest.raises(Unavailable):
        await create(store)
    assert await store.latest("p1") is None
    assert await store.party_of_code("P1") is None
    assert await store.party_of_player("ana") is None
    await create(store)
    assert (await store.parties(PartyQuery())).total == 1


async def test_a_failed_start_leaves_no_session(store: Store, write_blocker: WriteBlocker) -> None:
    await create(store)
    write_blocker.fail_next()
    with pytest.raises(Unavailable):
        await do(store, "p1", start("s1"))
    assert await store.session("s1") is None
    await do(store, "p1", start("s1"))
    assert await store.session("s1") is not None


async def test_a_failed_closing_leaves_the_party_open(store: Store, write_blocker: WriteBlocker) -> None:
    made = await create(store)
    write_blocker.fail_next()
    with pytest.raises(Unavailable):
        await do(store, "p1", LeaveParty(ANA))
    assert made == await store.latest("p1")
    assert await store.party_of_player("ana") == "p1"
    assert await store.party_of_code("P1") == "p1"


async def test_commits_that_build_on_a_failed_one_fail_too(store: Store, write_blocker: WriteBlocker) -> None:
    made = await create(store)
    write_blocker.hold()
    write_blocker.fail_next()
    first = change(made, JoinParty(BEN))
    second = change(first.after, JoinParty(CAT))
    commits = [asyncio.create_task(store.commit(Commit((first,))))]
    await write_blocker.reached()
    commits.append(asyncio.create_task(store.commit(Commit((second,)))))
    await asyncio.sleep(0)
    write_blocker.release()
    outcomes = await asyncio.gather(*commits, return_exceptions=True)
    assert [Unavailable, Unavailable] == [type(outcome) for outcome in outcomes]
    assert made == await store.latest("p1")


async def test_the_store_recovers_after_a_failure(store: Store, write_blocker: WriteBlocker) -> None:
    await create(store)
    write_blocker.fail_next()
    with pytest.raises(Unavailable):
        await do(store, "p1", JoinParty(BEN))
    joined = await do(store, "p1", JoinParty(BEN), JoinParty(CAT))
    assert joined == await store.party("p1")
    assert [entry.seq for entry in await store.entries("p1", 0, 10)] == [1, 2, 3]


async def test_a_commit_decided_on_an_undone_state_conflicts(store: Store, write_blocker: WriteBlocker) -> None:
    """Another entry has its seq by now."""
    made = await create(store)
    write_blocker.fail_next()
    undone = change(made, JoinParty(BEN))
    with pytest.raises(Unavailable):
        await store.commit(Commit((undone,)))
    await do(store, "p1", JoinParty(CAT))
    with pytest.raises(Conflict):
        await store.commit(Commit((change(undone.after, JoinParty(DAN)),)))


async def test_wait_durable_waits_until_an_entry_is_durable(store: Store, write_blocker: WriteBlocker) -> None:
    made = await create(store)
    await store.wait_durable("p1", 1)
    write_blocker.hold()
    committing = asyncio.create_task(store.commit(Commit((change(made, JoinParty(BEN)),))))
    await write_blocker.reached()
    waiting = asyncio.create_task(store.wait_durable("p1", 2))
    await store.wait_durable("p1", 1)
    assert not waiting.done()
    write_blocker.release()
    await waiting
    await committing


async def test_wait_durable_fails_if_the_entry_is_undone(store: Store, write_blocker: WriteBlocker) -> None:
    made = await create(store)
    write_blocker.hold()
    write_blocker.fail_next()
    committing = asyncio.create_task(store.commit(Commit((change(made, JoinParty(BEN)),))))
    await write_blocker.reached()
    waiting = asyncio.create_task(store.wait_durable("p1", 2))
    await asyncio.sleep(0)
    write_blocker.release()
    outcomes = await asyncio.gather(committing, waiting, return_exceptions=True)
    assert [Unavailable, Unavailable] == [type(outcome) for outcome in outcomes]
    with pytest.raises(Unavailable):
        await store.wait_durable("p1", 2)


async def test_the_entries_of_a_closed_party_are_durable(store: Store) -> None:
    await create(store)
    closed = await do(store, "p1", LeaveParty(ANA))
    await store.wait_durable("p1", closed.version)


async def test_a_refresh_family_that_failed_is_not_stored(store: Store, write_blocker: WriteBlocker) -> None:
    write_blocker.fail_next()
    family = RefreshFamily("f", "ana", "Ana", 1, 0, 10)
    with pytest.raises(Unavailable):
        await store.save_refresh_family(family, None)
    assert await store.refresh_family("f") is None
    await store.save_refresh_family(family, None)


async def test_a_cancelled_caller_does_not_cancel_the_commit(store: Store, write_blocker: WriteBlocker) -> None:
    made = await create(store)
    write_blocker.hold()
    committing = asyncio.create_task(store.commit(Commit((change(made, JoinParty(BEN)),))))
    await write_blocker.reached()
    committing.cancel()
    write_blocker.release()
    await store.wait_durable("p1", 2)
    assert await store.party_of_player("ben") == "p1"


async def test_a_full_queue_rejects_commits(home: Home, write_blocker: WriteBlocker) -> None:
    home.waiting_max = 2
    store = await home.open()
    write_blocker.hold()
    first = asyncio.create_task(create(store, None, "p0"))
    await write_blocker.reached()
    waiting = [asyncio.create_task(create(store, None, f"p{count}")) for count in (1, 2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await store.commit(Commit((party_creation(None, "p3"),)))
    assert await store.latest("p3") is None
    write_blocker.release()
    await asyncio.gather(first, *waiting)
    await store.close()


async def test_close_waits_for_pending_commits(home: Home, write_blocker: WriteBlocker) -> None:
    store = await home.open()
    write_blocker.hold()
    committing = asyncio.create_task(create(store))
    await write_blocker.reached()
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    assert not closing.done()
    write_blocker.release()
    await closing
    await committing


async def test_a_closed_store_rejects_commits(home: Home) -> None:
    store = await home.open()
    await store.close()
    with pytest.raises(Unavailable):
        await create(store)
