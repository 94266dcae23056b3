"""Commits: their order, the two readings of the state, and conflicts."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.commands import CancelStart, JoinParty, LeaveParty, PostMessage, StartSession
from lobby.ports import Commit, Conflict, Store
from tests.lobby.stores.changes import (
    ANA,
    BEN,
    CAT,
    DAN,
    change,
    create,
    do,
    party_creation,
    party_move,
    record_of,
    start,
)
from tests.lobby.stores.write_blocker import WriteBlocker


async def test_a_party_can_be_read_after_its_commit(store: Store) -> None:
    made = await create(store)
    assert made == await store.latest("p1")
    assert made == await store.party("p1")


async def test_an_unknown_party_is_none(store: Store) -> None:
    assert await store.latest("nobody") is None
    assert await store.party("nobody") is None


async def test_a_pending_commit_is_latest_but_not_durable(store: Store, write_blocker: WriteBlocker) -> None:
    made = await create(store)
    write_blocker.hold()
    joined = change(made, JoinParty(BEN))
    committing = asyncio.create_task(store.commit(Commit((joined,))))
    await write_blocker.reached()
    assert joined.after == await store.latest("p1")
    assert made == await store.party("p1")
    assert await store.entries("p1", 1, 10) == ()
    write_blocker.release()
    await committing
    assert joined.after == await store.party("p1")


async def test_a_pending_new_party_is_not_durable(store: Store, write_blocker: WriteBlocker) -> None:
    write_blocker.hold()
    made = party_creation()
    committing = asyncio.create_task(store.commit(Commit((made,))))
    await write_blocker.reached()
    assert made.after == await store.latest("p1")
    assert await store.party("p1") is None
    write_blocker.release()
    await committing


async def test_commits_can_build_on_pending_commits(store: Store, write_blocker: WriteBlocker) -> None:
    party = await create(store)
    write_blocker.hold()
    commits = []
    for count in range(5):
        posted = change(party, PostMessage(ANA, f"message {count}"))
        commits.append(asyncio.create_task(store.commit(Commit((posted,)))))
        await asyncio.sleep(0)
        party = posted.after
    write_blocker.release()
    await asyncio.gather(*commits)
    assert party == await store.party("p1")
    assert [entry.seq for entry in await store.entries("p1", 1, 10)] == [2, 3, 4, 5, 6]


async def test_commits_return_in_the_order_of_the_log(store: Store, write_blocker: WriteBlocker) -> None:
    party = await create(store)
    answered: list[int] = []

    async def commit(seq: int, write_set: Commit) -> None:
        await store.commit(write_set)
        answered.append(seq)

    commits = []
    for seq in range(2, 30):
        posted = change(party, PostMessage(ANA, str(seq)))
        commits.append(commit(seq, Commit((posted,))))
        party = posted.after
    await asyncio.gather(*commits)
    assert list(range(2, 30)) == answered


async def test_of_commits_decided_on_one_state_exactly_one_succeeds(store: Store) -> None:
    party = await create(store)
    rivals = [Commit((change(party, JoinParty(who)),)) for who in (BEN, CAT, DAN)]
    outcomes = await asyncio.gather(*map(store.commit, rivals), return_exceptions=True)
    assert [Conflict, Conflict] == [type(outcome) for outcome in outcomes if outcome is not None]
    newest = await store.latest("p1")
    assert newest is not None
    assert newest.version == 2


async def test_a_party_id_is_taken_once(store: Store) -> None:
    await create(store)
    with pytest.raises(Conflict):
        await store.commit(Commit((party_creation(BEN, code="OTHER"),)))
    assert await store.party_of_player("ben") is None


async def test_nothing_follows_a_closed_party(store: Store) -> None:
    made = await create(store)
    await do(store, "p1", LeaveParty(ANA))
    with pytest.raises(Conflict):
        await store.commit(Commit((change(made, JoinParty(BEN)),)))


async def test_leaving_one_party_for_another_is_one_step(store: Store) -> None:
    old, new = await create(store, ANA, "p1"), await create(store, BEN, "p2")
    old = await do(store, "p1", JoinParty(CAT))
    await store.commit(party_move(CAT, old, new))
    assert await store.party_of_player("cat") == "p2"
    after_old, after_new = await store.party("p1"), await store.party("p2")
    assert after_old is not None
    assert after_new is not None
    assert after_old.member("cat") is None
    assert after_new.member("cat") is not None


async def test_a_conflict_in_one_of_two_parties_changes_neither(store: Store) -> None:
    await create(store, ANA, "p1")
    new = await create(store, BEN, "p2")
    old = await do(store, "p1", JoinParty(CAT))
    move = party_move(CAT, old, new)
    newer = await do(store, "p2", JoinParty(DAN))
    with pytest.raises(Conflict):
        await store.commit(Commit(move.changes, record_of(old)))
    assert old == await store.latest("p1")
    assert newer == await store.latest("p2")
    assert await store.party_of_player("cat") == "p1"
    assert await store.find_idempotency_record("ana", "key") is None


async def test_a_player_has_one_seat(store: Store) -> None:
    await create(store, ANA, "p1")
    other = await create(store, BEN, "p2")
    with pytest.raises(Conflict):
        await store.commit(Commit((change(other, JoinParty(ANA)),)))
    assert await store.party_of_player("ana") == "p1"


async def test_a_seat_is_free_after_leaving(store: Store) -> None:
    await create(store, ANA, "p1")
    await do(store, "p1", JoinParty(BEN), LeaveParty(BEN))
    assert await store.party_of_player("ben") is None
    await create(store, BEN, "p2")
    assert await store.party_of_player("ben") == "p2"


async def test_a_seat_is_free_when_the_party_has_closed(store: Store) -> None:
    await create(store)
    await do(store, "p1", LeaveParty(ANA))
    assert await store.party_of_player("ana") is None


async def test_a_session_id_is_taken_once(store: Store) -> None:
    await create(store, ANA, "p1")
    other = await create(store, BEN, "p2")
    await do(store, "p1", start("s1"))
    with pytest.raises(Conflict):
        await store.commit(Commit((change(other, StartSession(BEN, "s1", force=True)),)))
    assert other == await store.latest("p2")


async def test_a_session_id_is_free_only_once_its_end_is_durable(store: Store, write_blocker: WriteBlocker) -> None:
    await create(store, ANA, "p1")
    other = await create(store, BEN, "p2")
    started = await do(store, "p1", start("s1"))
    write_blocker.hold()
    cancelling = asyncio.create_task(store.commit(Commit((change(started, CancelStart(ANA)),))))
    await write_blocker.reached()
    reuse = Commit((change(other, StartSession(BEN, "s1", force=True)),))
    with pytest.raises(Conflict):
        await asyncio.wait_for(store.commit(reuse), 5)
    write_blocker.release()
    await cancelling
    await store.commit(reuse)
    session = await store.session("s1")
    assert session is not None
    assert session.party_id == "p2"


async def test_a_player_who_joins_one_party_many_times_at_once_keeps_the_seat(store: Store) -> None:
    """In another partition than the party, the seat is claimed first. Attempts that fail must not give it back."""
    for joiner in (BEN, CAT, DAN):
        party = await create(store, ANA, "p1") if joiner is BEN else await do(store, "p1", PostMessage(ANA, "next"))
        attempts = [store.commit(Commit((change(party, JoinParty(joiner)),))) for _ in range(8)]
        outcomes = await asyncio.gather(*attempts, return_exceptions=True)
        assert [outcome for outcome in outcomes if not isinstance(outcome, Conflict)] == [None]
        for _ in range(3):
            with pytest.raises(Conflict):
                await create(store, joiner, "p2")
            assert await store.party_of_player(joiner.id) == "p1"


async def test_connected_players_are_those_of_the_latest_state(store: Store, write_blocker: WriteBlocker) -> None:
    await create(store, ANA, "p1")
    await create(store, BEN, "p2")
    await do(store, "p2", LeaveParty(BEN))
    write_blocker.hold()
    committing = asyncio.create_task(do(store, "p1", JoinParty(CAT)))
    await write_blocker.reached()
    assert sorted(await store.connected_players()) == ["ana", "cat"]
    write_blocker.release()
    await committing
