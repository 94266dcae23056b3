"""What happens when the disk does not keep a group."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.commands import JoinParty, LeaveParty
from lobby.ports import Commit, Conflict, PartyQuery, RefreshFamily, Store, Unavailable
from tests.stores.changes import ANA, BEN, CAT, DAN, change, create, do, founding, record_of, start
from tests.stores.gate import SteeredGate
from tests.stores.home import Home


async def test_a_failed_commit_leaves_nothing_behind(store: Store, gate: SteeredGate) -> None:
    made = await create(store)
    gate.fail_next()
    joined = change(made, JoinParty(BEN))
    with pytest.raises(Unavailable):
        await store.commit(Commit((joined,), record_of(made)))
    assert made == await store.newest("p1")
    assert made == await store.party("p1")
    assert await store.seat_of("ben") is None
    assert await store.recall("ana", "key") is None
    assert await store.entries("p1", 1, 10) == ()


async def test_a_failed_new_party_leaves_its_claims_free(store: Store, gate: SteeredGate) -> None:
    gate.fail_next()
    with pytest.raises(Unavailable):
        await create(store)
    assert await store.newest("p1") is None
    assert await store.party_of_code("P1") is None
    assert await store.seat_of("ana") is None
    await create(store)
    assert (await store.parties(PartyQuery())).total == 1


async def test_a_failed_start_leaves_no_session(store: Store, gate: SteeredGate) -> None:
    await create(store)
    gate.fail_next()
    with pytest.raises(Unavailable):
        await do(store, "p1", start("s1"))
    assert await store.session("s1") is None
    await do(store, "p1", start("s1"))
    assert await store.session("s1") is not None


async def test_a_failed_closing_leaves_the_party_open(store: Store, gate: SteeredGate) -> None:
    made = await create(store)
    gate.fail_next()
    with pytest.raises(Unavailable):
        await do(store, "p1", LeaveParty(ANA))
    assert made == await store.newest("p1")
    assert await store.seat_of("ana") == "p1"
    assert await store.party_of_code("P1") == "p1"


async def test_what_rests_on_a_failed_commit_fails_with_it(store: Store, gate: SteeredGate) -> None:
    made = await create(store)
    gate.hold()
    gate.fail_next()
    first = change(made, JoinParty(BEN))
    second = change(first.after, JoinParty(CAT))
    commits = [asyncio.create_task(store.commit(Commit((first,))))]
    await gate.reached()
    commits.append(asyncio.create_task(store.commit(Commit((second,)))))
    await asyncio.sleep(0)
    gate.release()
    outcomes = await asyncio.gather(*commits, return_exceptions=True)
    assert [Unavailable, Unavailable] == [type(outcome) for outcome in outcomes]
    assert made == await store.newest("p1")


async def test_the_store_works_on_after_a_failure(store: Store, gate: SteeredGate) -> None:
    await create(store)
    gate.fail_next()
    with pytest.raises(Unavailable):
        await do(store, "p1", JoinParty(BEN))
    joined = await do(store, "p1", JoinParty(BEN), JoinParty(CAT))
    assert joined == await store.party("p1")
    assert [entry.seq for entry in await store.entries("p1", 0, 10)] == [1, 2, 3]


async def test_what_was_decided_on_an_undone_state_conflicts(store: Store, gate: SteeredGate) -> None:
    """Though another entry has its number by now."""
    made = await create(store)
    gate.fail_next()
    undone = change(made, JoinParty(BEN))
    with pytest.raises(Unavailable):
        await store.commit(Commit((undone,)))
    await do(store, "p1", JoinParty(CAT))
    with pytest.raises(Conflict):
        await store.commit(Commit((change(undone.after, JoinParty(DAN)),)))


async def test_settled_waits_until_an_entry_is_durable(store: Store, gate: SteeredGate) -> None:
    made = await create(store)
    await store.settled("p1", 1)
    gate.hold()
    committing = asyncio.create_task(store.commit(Commit((change(made, JoinParty(BEN)),))))
    await gate.reached()
    settling = asyncio.create_task(store.settled("p1", 2))
    await store.settled("p1", 1)
    assert not settling.done()
    gate.release()
    await settling
    await committing


async def test_settled_fails_with_the_entry(store: Store, gate: SteeredGate) -> None:
    made = await create(store)
    gate.hold()
    gate.fail_next()
    committing = asyncio.create_task(store.commit(Commit((change(made, JoinParty(BEN)),))))
    await gate.reached()
    settling = asyncio.create_task(store.settled("p1", 2))
    await asyncio.sleep(0)
    gate.release()
    outcomes = await asyncio.gather(committing, settling, return_exceptions=True)
    assert [Unavailable, Unavailable] == [type(outcome) for outcome in outcomes]
    with pytest.raises(Unavailable):
        await store.settled("p1", 2)


async def test_the_entries_of_a_closed_party_are_settled(store: Store) -> None:
    await create(store)
    closed = await do(store, "p1", LeaveParty(ANA))
    await store.settled("p1", closed.version)


async def test_a_failed_family_is_not_kept(store: Store, gate: SteeredGate) -> None:
    gate.fail_next()
    family = RefreshFamily("f", "ana", "Ana", 1, 0, 10)
    with pytest.raises(Unavailable):
        await store.save_family(family, None)
    assert await store.family("f") is None
    await store.save_family(family, None)


async def test_an_asker_who_has_gone_does_not_take_the_commit_along(store: Store, gate: SteeredGate) -> None:
    made = await create(store)
    gate.hold()
    committing = asyncio.create_task(store.commit(Commit((change(made, JoinParty(BEN)),))))
    await gate.reached()
    committing.cancel()
    gate.release()
    await store.settled("p1", 2)
    assert await store.seat_of("ben") == "p1"


async def test_past_its_bound_the_queue_takes_no_more(home: Home, gate: SteeredGate) -> None:
    home.waiting_max = 2
    store = await home.open()
    gate.hold()
    first = asyncio.create_task(create(store, None, "p0"))
    await gate.reached()
    waiting = [asyncio.create_task(create(store, None, f"p{count}")) for count in (1, 2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await store.commit(Commit((founding(None, "p3"),)))
    assert await store.newest("p3") is None
    gate.release()
    await asyncio.gather(first, *waiting)
    await store.close()


async def test_closing_waits_for_what_is_on_its_way(home: Home, gate: SteeredGate) -> None:
    store = await home.open()
    gate.hold()
    committing = asyncio.create_task(create(store))
    await gate.reached()
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    assert not closing.done()
    gate.release()
    await closing
    await committing


async def test_a_closed_store_takes_no_commit(home: Home) -> None:
    store = await home.open()
    await store.close()
    with pytest.raises(Unavailable):
        await create(store)
