"""Inboxes: what commits and posts write into them, how they are read, and how long entries are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from lobby.domain.commands import DisbandParty, JoinParty, KickMember, LeaveParty, PostMessage
from lobby.domain.inbox import Announced, Inbox, InboxEntry, InboxEvent, InboxPost, MembershipChanged
from lobby.domain.values import LeaveReason
from lobby.ports import Commit, Conflict, LogTrimmed, Retention, Store
from tests.lobby.stores.changes import ANA, AT, BEN, CAT, change, create, do, party_creation, party_move
from tests.lobby.stores.home import Home

HOUR_MS = 3_600_000


async def entries(store: Store, player_id: str, after: Inbox | None = None) -> Sequence[InboxEntry]:
    return await store.inbox_entries(after or Inbox(player_id), 1000)


async def events(store: Store, player_id: str) -> list[InboxEvent]:
    return [entry.event for entry in await entries(store, player_id)]


def words(player_id: str, number: int, at: int = AT) -> InboxPost:
    return InboxPost(player_id, at, Announced(f"words {number}"), f"source {number}")


async def test_an_unknown_player_has_an_empty_inbox(store: Store) -> None:
    empty = await store.inbox("nobody")
    assert (empty.player_id, empty.version) == ("nobody", 0)
    assert list(await store.inbox_entries(empty, 10)) == []


async def test_a_commit_tells_each_player_who_comes_or_goes(store: Store) -> None:
    await create(store)
    await do(store, "p1", JoinParty(BEN), JoinParty(CAT), PostMessage(ANA, "hello"), KickMember(ANA, "ben"))
    await do(store, "p1", DisbandParty(ANA), at=AT + 5)
    joined = MembershipChanged("p1")
    assert await events(store, "ana") == [joined, MembershipChanged("p1", LeaveReason.PARTY_CLOSED)]
    assert await events(store, "ben") == [joined, MembershipChanged("p1", LeaveReason.KICKED)]
    assert await events(store, "cat") == [joined, MembershipChanged("p1", LeaveReason.PARTY_CLOSED)]
    found = await entries(store, "ana")
    assert [(entry.seq, entry.at) for entry in found] == [(1, AT), (2, AT + 5)]
    assert found[-1].inbox == await store.inbox("ana")


async def test_a_move_is_one_entry(store: Store) -> None:
    await create(store)
    new = await create(store, CAT, "p2")
    old = await do(store, "p1", JoinParty(BEN))
    await store.commit(party_move(BEN, old, new))
    assert await events(store, "ben") == [MembershipChanged("p1"), MembershipChanged("p2")]


async def test_entries_are_read_after_any_position_up_to_the_limit(store: Store) -> None:
    await store.post_to_inboxes([words("ana", number, AT + number) for number in range(6)])
    found = await entries(store, "ana")
    assert [entry.seq for entry in found] == [1, 2, 3, 4, 5, 6]
    assert await store.inbox_entries(found[2].inbox, 2) == found[3:5]
    assert list(await store.inbox_entries(found[-1].inbox, 2)) == []


async def test_a_position_that_is_not_of_this_log_is_refused(store: Store) -> None:
    await store.post_to_inboxes([words("ana", number, AT + number) for number in range(3)])
    second = (await entries(store, "ana"))[1].inbox
    for wrong in (
        Inbox("ana", "another", second.version, second.changed_at),
        Inbox("ana", second.epoch, second.version, second.changed_at + 1),
        Inbox("ana", second.epoch, 4, second.changed_at),
        Inbox("ben", second.epoch, second.version, second.changed_at),
    ):
        with pytest.raises(LogTrimmed):
            await store.inbox_entries(wrong, 10)


async def test_a_commit_that_fails_writes_no_inbox(store: Store) -> None:
    party = await create(store)
    await do(store, "p1", JoinParty(BEN))
    with pytest.raises(Conflict):
        await store.commit(Commit((change(party, JoinParty(CAT)),)))
    with pytest.raises(Conflict):
        await store.commit(Commit((party_creation(BEN, "p2"),)))
    assert await events(store, "cat") == []
    assert await events(store, "ben") == [MembershipChanged("p1")]


async def test_commits_at_the_same_time_get_seqs_of_their_own(store: Store) -> None:
    await asyncio.gather(*(store.post_to_inboxes([words("ana", number)]) for number in range(20)))
    assert [entry.seq for entry in await entries(store, "ana")] == list(range(1, 21))


async def test_posts_are_written_once_by_their_source(store: Store) -> None:
    await store.post_to_inboxes([words("ana", 1), words("ben", 1)])
    await store.post_to_inboxes([words("ana", 1), words("ana", 2), words("ana", 2)])
    assert await events(store, "ana") == [Announced("words 1"), Announced("words 2")]
    assert await events(store, "ben") == [Announced("words 1")]


async def test_listeners_hear_of_each_inbox_that_is_written_into(store: Store) -> None:
    heard: list[str] = []
    store.inbox_listeners.append(lambda player_id, at: heard.append(player_id))
    await create(store)
    await store.post_to_inboxes([words("ben", 1)])
    assert heard == ["ana", "ben"]


async def test_an_inbox_keeps_its_newest_entries_up_to_a_number(home: Home) -> None:
    home.retention = Retention(inbox_entries_max=5)
    store = await home.open()
    await store.post_to_inboxes([words("ana", number) for number in range(4)])
    first = (await entries(store, "ana"))[0].inbox
    await store.post_to_inboxes([words("ana", number) for number in range(4, 8)])
    newest = await store.inbox("ana")
    assert newest.version == 8
    with pytest.raises(LogTrimmed):
        await entries(store, "ana")
    with pytest.raises(LogTrimmed):
        await store.inbox_entries(first, 10)
    fourth = Inbox("ana", newest.epoch, 4, AT)
    assert [entry.seq for entry in await store.inbox_entries(fourth, 10)] == [5, 6, 7, 8]
    await store.close()


async def test_a_sweep_drops_old_entries(home: Home) -> None:
    home.retention = Retention(inbox_ms=HOUR_MS)
    store = await home.open()
    await store.post_to_inboxes([words("ana", 1), words("ana", 2, AT + 1000), words("ben", 1)])
    first = (await entries(store, "ana"))[0].inbox
    home.clock.at = AT + HOUR_MS
    await store.sweep(home.clock.at)
    with pytest.raises(LogTrimmed):
        await entries(store, "ana")
    with pytest.raises(LogTrimmed):
        await store.inbox_entries(first, 10)
    assert (await store.inbox("ana")).version == 2
    assert (await store.inbox("ben")).version == 0
    await store.post_to_inboxes([words("ben", 3, home.clock.at)])
    assert [entry.seq for entry in await entries(store, "ben")] == [1]
    await store.close()


async def test_an_inbox_that_was_dropped_begins_again(store: Store) -> None:
    await store.post_to_inboxes([words("ana", 1), words("ben", 1)])
    old = await store.inbox("ana")
    await store.drop_inbox("ana")
    assert (await store.inbox("ana")).version == 0
    with pytest.raises(LogTrimmed):
        await store.inbox_entries(old, 10)
    await store.post_to_inboxes([words("ana", 1)])
    new = await store.inbox("ana")
    assert new.version == 1
    assert new.epoch != old.epoch
    assert await events(store, "ben") == [Announced("words 1")]


async def test_inboxes_outlive_the_process(home: Home) -> None:
    if home.url == "memory://":
        return
    store = await home.open()
    await create(store)
    await store.close()
    again = await home.open()
    await do(again, "p1", LeaveParty(ANA), at=AT + 5)
    found = await entries(again, "ana")
    assert [entry.event for entry in found] == [MembershipChanged("p1"), MembershipChanged("p1", LeaveReason.LEFT)]
    assert len({entry.inbox.epoch for entry in found}) == 1
    await again.close()
