"""The event outbox: a commit notes its entries, and what was sent leaves it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from lobby.domain.commands import DisbandParty, JoinParty, PostMessage
from lobby.ports import OutboxCounts, Retention, SentEntries, Store, WaitingLog
from tests.lobby.stores.changes import ANA, AT, BEN, CAT, create, do, party_move
from tests.lobby.stores.home import Home


@pytest.fixture
async def store(home: Home) -> AsyncIterator[Store]:
    home.sends_events = True
    store = await home.open()
    yield store
    await store.close()


async def version(store: Store, party_id: str) -> int:
    party = await store.latest(party_id)
    assert party is not None
    return party.version


async def test_the_entries_of_every_commit_wait(store: Store) -> None:
    assert await store.event_outbox.counts() == OutboxCounts()
    await create(store, ANA, "p1")
    await do(store, "p1", PostMessage(ANA, "one"), at=AT + 10)
    await create(store, CAT, "p2", at=AT + 20)
    assert await store.event_outbox.due(AT + 19, 10) == [WaitingLog("p1", 0)]
    assert set(await store.event_outbox.due(AT + 20, 10)) == {WaitingLog("p1", 0), WaitingLog("p2", 0)}
    assert len(await store.event_outbox.due(AT + 20, 1)) == 1
    assert await store.event_outbox.counts() == OutboxCounts(2, AT)


async def test_both_parties_of_a_move_wait(store: Store) -> None:
    await create(store, ANA, "p1")
    await create(store, CAT, "p2")
    await do(store, "p1", JoinParty(BEN))
    await store.event_outbox.record([SentEntries(WaitingLog(id, 0), await version(store, id)) for id in ("p1", "p2")])
    old, new = await store.latest("p1"), await store.latest("p2")
    assert old is not None
    assert new is not None
    await store.commit(party_move(BEN, old, new))
    assert set(await store.event_outbox.due(AT, 10)) == {
        WaitingLog("p1", old.version),
        WaitingLog("p2", new.version),
    }


async def test_what_was_sent_leaves_and_the_rest_stays(store: Store) -> None:
    await create(store, ANA, "p1")
    await do(store, "p1", PostMessage(ANA, "one"), at=AT + 10)
    await do(store, "p1", PostMessage(ANA, "two"), at=AT + 20)
    last = await version(store, "p1")
    await store.event_outbox.record([SentEntries(WaitingLog("p1", 0), last - 1)])
    assert await store.event_outbox.counts() == OutboxCounts(1, AT + 20)
    assert await store.event_outbox.due(AT + 20, 10) == [WaitingLog("p1", last - 1)]
    await store.event_outbox.record([SentEntries(WaitingLog("p1", last - 1), last)])
    assert await store.event_outbox.counts() == OutboxCounts()
    await do(store, "p1", PostMessage(ANA, "three"), at=AT + 30)
    assert await store.event_outbox.due(AT + 30, 10) == [WaitingLog("p1", last)]


async def test_what_could_not_be_sent_is_due_later(store: Store) -> None:
    await create(store, ANA, "p1")
    await store.event_outbox.record([SentEntries(WaitingLog("p1", 0), 0, retry_at=AT + 500)])
    await do(store, "p1", PostMessage(ANA, "one"), at=AT + 10)
    assert await store.event_outbox.due(AT + 499, 10) == []
    assert await store.event_outbox.due(AT + 500, 10) == [WaitingLog("p1", 0)]
    assert await store.event_outbox.counts() == OutboxCounts(1, AT)


async def test_a_record_of_an_old_position_changes_nothing(store: Store) -> None:
    await create(store, ANA, "p1")
    await do(store, "p1", PostMessage(ANA, "one"))
    await store.event_outbox.record([SentEntries(WaitingLog("p1", 0), 1)])
    await store.event_outbox.record([SentEntries(WaitingLog("p1", 0), 2), SentEntries(WaitingLog("gone", 0), 2)])
    assert await store.event_outbox.due(AT, 10) == [WaitingLog("p1", 1)]


async def test_a_replay_sets_positions_back_to_a_time(store: Store) -> None:
    await create(store, ANA, "p1")
    for number in range(40):
        await do(store, "p1", PostMessage(ANA, "text"), at=AT + number)
    await create(store, CAT, "p2", at=AT + 100)
    first = await version(store, "p1") - 39
    sent = [SentEntries(WaitingLog(id, 0), await version(store, id)) for id in ("p1", "p2")]
    await store.event_outbox.record(sent)
    assert await store.event_outbox.counts() == OutboxCounts()
    assert await store.event_outbox.replay(AT + 101, AT + 200) == 0
    assert await store.event_outbox.replay(AT + 100, AT + 200, "p1") == 0
    assert await store.event_outbox.replay(AT + 7, AT + 200) == 2
    assert await store.event_outbox.due(AT + 199, 10) == []
    waiting = {WaitingLog("p1", first + 6, AT + 200), WaitingLog("p2", 0, AT + 200)}
    assert set(await store.event_outbox.due(AT + 200, 10)) == waiting
    assert await store.event_outbox.counts() == OutboxCounts(2, AT + 7)


async def test_what_was_sent_before_a_replay_is_sent_again(store: Store) -> None:
    await create(store, ANA, "p1")
    last = (await do(store, "p1", PostMessage(ANA, "one"))).version
    (before,) = await store.event_outbox.due(AT, 10)
    assert await store.event_outbox.replay(AT, AT + 5, "p1") == 1
    await store.event_outbox.record([SentEntries(before, last)])
    (after,) = await store.event_outbox.due(AT, 10)
    assert after == WaitingLog("p1", 0, AT + 5)
    await store.event_outbox.record([SentEntries(after, 1)])
    (rest,) = await store.event_outbox.due(AT, 10)
    assert rest == WaitingLog("p1", 1, AT + 5)
    await store.event_outbox.record([SentEntries(rest, last)])
    assert await store.event_outbox.counts() == OutboxCounts()


async def test_a_party_that_is_no_longer_kept_waits_no_longer(home: Home) -> None:
    home.sends_events, home.retention = True, Retention(entries_min=1, log_ms=1_000)
    store = await home.open()
    await create(store, ANA, "p1")
    await do(store, "p1", DisbandParty(ANA))
    home.clock.advance(2_000)
    await store.sweep(home.clock.now())
    assert await store.event_outbox.counts() == OutboxCounts()
    await store.close()


async def test_the_outbox_outlives_the_process(home: Home) -> None:
    if home.url == "memory://":
        pytest.skip("it keeps nothing")
    home.sends_events = True
    store = await home.open()
    await create(store, ANA, "p1")
    await store.close()
    store = await home.open()
    assert await store.event_outbox.due(AT, 10) == [WaitingLog("p1", 0)]
    await store.close()


async def test_a_store_that_sends_no_events_notes_none(home: Home) -> None:
    store = await home.open()
    await create(store, ANA, "p1")
    assert await store.event_outbox.counts() == OutboxCounts()
    await store.close()
