"""What a commit promises: order, the two readings, and that nobody passes who decided on another state."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.commands import JoinParty, LeaveParty, PostMessage, StartSession
from lobby.ports import Commit, Conflict, Store
from tests.stores.changes import ANA, BEN, CAT, DAN, change, create, do, founding, moving, record_of, start
from tests.stores.gate import SteeredGate


async def test_a_party_is_there_after_its_commit(store: Store) -> None:
    made = await create(store)
    assert made == await store.newest("p1")
    assert made == await store.party("p1")


async def test_an_unknown_party_is_none(store: Store) -> None:
    assert await store.newest("nobody") is None
    assert await store.party("nobody") is None


async def test_what_is_on_its_way_is_the_newest_but_not_shown(store: Store, gate: SteeredGate) -> None:
    made = await create(store)
    gate.hold()
    joined = change(made, JoinParty(BEN))
    committing = asyncio.create_task(store.commit(Commit((joined,))))
    await gate.reached()
    assert joined.after == await store.newest("p1")
    assert made == await store.party("p1")
    assert await store.entries("p1", 1, 10) == ()
    gate.release()
    await committing
    assert joined.after == await store.party("p1")


async def test_a_new_party_on_its_way_is_not_shown(store: Store, gate: SteeredGate) -> None:
    gate.hold()
    made = founding()
    committing = asyncio.create_task(store.commit(Commit((made,))))
    await gate.reached()
    assert made.after == await store.newest("p1")
    assert await store.party("p1") is None
    gate.release()
    await committing


async def test_commits_may_rest_on_each_other_while_on_their_way(store: Store, gate: SteeredGate) -> None:
    party = await create(store)
    gate.hold()
    commits = []
    for count in range(5):
        posted = change(party, PostMessage(ANA, f"message {count}"))
        commits.append(asyncio.create_task(store.commit(Commit((posted,)))))
        await asyncio.sleep(0)
        party = posted.after
    gate.release()
    await asyncio.gather(*commits)
    assert party == await store.party("p1")
    assert [entry.seq for entry in await store.entries("p1", 1, 10)] == [2, 3, 4, 5, 6]


async def test_answers_come_in_the_order_of_the_log(store: Store, gate: SteeredGate) -> None:
    party = await create(store)
    answered: list[int] = []

    async def commit(seq: int, posting: Commit) -> None:
        await store.commit(posting)
        answered.append(seq)

    commits = []
    for seq in range(2, 30):
        posted = change(party, PostMessage(ANA, str(seq)))
        commits.append(commit(seq, Commit((posted,))))
        party = posted.after
    await asyncio.gather(*commits)
    assert list(range(2, 30)) == answered


async def test_of_two_decided_on_one_state_exactly_one_passes(store: Store) -> None:
    party = await create(store)
    rivals = [Commit((change(party, JoinParty(who)),)) for who in (BEN, CAT, DAN)]
    outcomes = await asyncio.gather(*map(store.commit, rivals), return_exceptions=True)
    assert [Conflict, Conflict] == [type(outcome) for outcome in outcomes if outcome is not None]
    newest = await store.newest("p1")
    assert newest is not None
    assert newest.version == 2


async def test_a_party_id_is_taken_once(store: Store) -> None:
    await create(store)
    with pytest.raises(Conflict):
        await store.commit(Commit((founding(BEN, code="OTHER"),)))
    assert await store.seat_of("ben") is None


async def test_nothing_follows_a_closed_party(store: Store) -> None:
    made = await create(store)
    await do(store, "p1", LeaveParty(ANA))
    with pytest.raises(Conflict):
        await store.commit(Commit((change(made, JoinParty(BEN)),)))


async def test_leaving_one_party_for_another_is_one_step(store: Store) -> None:
    old, new = await create(store, ANA, "p1"), await create(store, BEN, "p2")
    old = await do(store, "p1", JoinParty(CAT))
    await store.commit(moving(CAT, old, new))
    assert await store.seat_of("cat") == "p2"
    after_old, after_new = await store.party("p1"), await store.party("p2")
    assert after_old is not None
    assert after_new is not None
    assert after_old.member("cat") is None
    assert after_new.member("cat") is not None


async def test_a_conflict_in_one_of_two_parties_changes_neither(store: Store) -> None:
    await create(store, ANA, "p1")
    new = await create(store, BEN, "p2")
    old = await do(store, "p1", JoinParty(CAT))
    move = moving(CAT, old, new)
    newer = await do(store, "p2", JoinParty(DAN))
    with pytest.raises(Conflict):
        await store.commit(Commit(move.changes, record_of(old)))
    assert old == await store.newest("p1")
    assert newer == await store.newest("p2")
    assert await store.seat_of("cat") == "p1"
    assert await store.recall("ana", "key") is None


async def test_a_player_has_one_seat(store: Store) -> None:
    await create(store, ANA, "p1")
    other = await create(store, BEN, "p2")
    with pytest.raises(Conflict):
        await store.commit(Commit((change(other, JoinParty(ANA)),)))
    assert await store.seat_of("ana") == "p1"


async def test_a_seat_is_free_after_leaving(store: Store) -> None:
    await create(store, ANA, "p1")
    await do(store, "p1", JoinParty(BEN), LeaveParty(BEN))
    assert await store.seat_of("ben") is None
    await create(store, BEN, "p2")
    assert await store.seat_of("ben") == "p2"


async def test_a_seat_is_free_when_the_party_has_closed(store: Store) -> None:
    await create(store)
    await do(store, "p1", LeaveParty(ANA))
    assert await store.seat_of("ana") is None


async def test_a_session_id_is_taken_once(store: Store) -> None:
    await create(store, ANA, "p1")
    other = await create(store, BEN, "p2")
    await do(store, "p1", start("s1"))
    with pytest.raises(Conflict):
        await store.commit(Commit((change(other, StartSession(BEN, "s1", force=True)),)))
    assert other == await store.newest("p2")


async def test_the_connected_are_those_of_the_newest_state(store: Store, gate: SteeredGate) -> None:
    await create(store, ANA, "p1")
    await create(store, BEN, "p2")
    await do(store, "p2", LeaveParty(BEN))
    gate.hold()
    committing = asyncio.create_task(do(store, "p1", JoinParty(CAT)))
    await gate.reached()
    assert sorted(await store.connected()) == ["ana", "cat"]
    gate.release()
    await committing
