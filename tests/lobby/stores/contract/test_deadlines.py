"""Each due party is handed to one taker, and is not lost if that taker dies."""

from __future__ import annotations

from lobby.domain.commands import CancelStart, LeaveParty, MeetDeadlines, SetPresence
from lobby.domain.rules.presence_and_deadlines import next_deadline
from lobby.ports import TAKE_LEASE_MS, Store
from tests.lobby.stores.changes import ANA, AT, BEN, BOUNDS, CAT, create, do, start
from tests.lobby.stores.home import Home

COUNTDOWN_MS = 5_000
IDLE_MS = BOUNDS.idle_ms


async def test_nothing_is_due_before_its_time(store: Store) -> None:
    assert await store.next_due() is None
    await create(store)
    await do(store, "p1", start())
    assert await store.next_due() == AT + COUNTDOWN_MS
    assert list(await store.take_due(AT + COUNTDOWN_MS - 1, 10)) == []


async def test_a_deadline_is_taken_once(store: Store) -> None:
    await create(store)
    await do(store, "p1", start())
    assert list(await store.take_due(AT + COUNTDOWN_MS, 10)) == ["p1"]
    assert list(await store.take_due(AT + COUNTDOWN_MS, 10)) == []


async def test_a_taken_party_comes_again_if_its_taker_dies(store: Store) -> None:
    await create(store)
    await do(store, "p1", start())
    due = AT + COUNTDOWN_MS
    await store.take_due(due, 10)
    assert await store.next_due() == due + TAKE_LEASE_MS
    assert list(await store.take_due(due + TAKE_LEASE_MS - 1, 10)) == []
    assert list(await store.take_due(due + TAKE_LEASE_MS, 10)) == ["p1"]


async def test_a_taken_party_comes_again_at_its_next_deadline(store: Store) -> None:
    await create(store)
    await do(store, "p1", start())
    due = AT + COUNTDOWN_MS
    party = await do(store, "p1", SetPresence("ana", False), at=due - BOUNDS.grace_starting_ms + 2_000)
    assert next_deadline(party, BOUNDS, due) == due + 2_000
    await store.take_due(due, 10)
    assert await store.next_due() == due + 2_000


async def test_a_commit_moves_the_deadline(store: Store) -> None:
    await create(store)
    await do(store, "p1", start(), CancelStart(ANA))
    assert list(await store.take_due(AT + COUNTDOWN_MS, 10)) == []
    assert await store.next_due() == AT + IDLE_MS


async def test_a_taken_party_with_more_due_comes_again_after_its_commit(store: Store) -> None:
    await create(store)
    gone_at = AT + BOUNDS.grace_waiting_ms
    await do(store, "p1", SetPresence("ana", False))
    assert list(await store.take_due(gone_at, 10)) == ["p1"]
    await do(store, "p1", MeetDeadlines(up_since=gone_at), at=gone_at)
    assert await store.next_due() == gone_at + BOUNDS.grace_waiting_ms


async def test_the_earliest_deadlines_are_taken_first_up_to_the_limit(store: Store, home: Home) -> None:
    for count, who in enumerate((CAT, ANA, BEN)):
        await create(store, who, f"p{count}", at=AT - count)
    first, second = await store.take_due(AT + IDLE_MS, 2), await store.take_due(AT + IDLE_MS, 2)
    assert (len(first), len(second)) == (2, 1)
    assert sorted([*first, *second]) == ["p0", "p1", "p2"]
    if home.partitions == 1:  # over several, each has an order of its own
        assert list(first) == ["p2", "p1"]


async def test_a_closed_party_has_no_deadline(store: Store) -> None:
    await create(store)
    await do(store, "p1", LeaveParty(ANA))
    assert await store.next_due() is None
