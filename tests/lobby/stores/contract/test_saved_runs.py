"""Saved runs: written with the commits of their parties, kept longer than those, and continued by one party at a time."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.bounds import HOUR_MS
from lobby.domain.commands import (
    BeginSession,
    CompleteSession,
    ContinueRun,
    DisbandParty,
    JoinParty,
    KickMember,
    LeaveParty,
    SaveCheckpoint,
)
from lobby.domain.events import CheckpointSaved
from lobby.domain.model import Party, Player
from lobby.domain.rules.decide import decide_creation
from lobby.domain.saved_runs import SavedRun
from lobby.domain.values import Instant, PartyId, SessionId
from lobby.ports import Change, Commit, Conflict, Store
from lobby.ports.saved_runs import position_of
from tests.lobby.stores.changes import ANA, AT, BEN, BOUNDS, CAT, DAN, change, create, do, start
from tests.lobby.stores.home import Home
from tests.lobby.stores.write_blocker import WriteBlocker

LATER = AT + 60_000
DAY_MS = 24 * HOUR_MS


async def begin(store: Store, *others: Player, party_id: PartyId = "p1", session_id: SessionId = "s1") -> Party:
    """Ana's party with `others`, in a session."""
    if await store.latest(party_id) is None:
        await create(store, party_id=party_id)
        await do(store, party_id, *(JoinParty(other) for other in others))
    await do(store, party_id, start(session_id))
    return await do(store, party_id, BeginSession(session_id), at=LATER)


async def save(store: Store, data: str, party_id: PartyId = "p1", at: Instant = LATER) -> Party:
    party = await store.latest(party_id)
    assert party is not None
    assert party.session is not None
    saved = change(party, SaveCheckpoint(ANA, party.session.id, data), at)
    await store.commit(Commit((saved,), checkpoint_data=data))
    return saved.after


async def end(store: Store, party_id: PartyId = "p1", session_id: SessionId = "s1", at: Instant = LATER) -> Party:
    return await do(store, party_id, CompleteSession(None, session_id, "Won"), at=at)


async def save_run(store: Store, *others: Player, session_id: SessionId = "s1", at: Instant = LATER) -> SavedRun:
    """A run of the party of Ana. It was saved and has ended."""
    await begin(store, *others, session_id=session_id)
    await save(store, f"state of {session_id}", at=at)
    await end(store, session_id=session_id, at=at)
    run = await store.saved_run(session_id)
    assert run is not None
    return run


def continuation(run: SavedRun, actor: Player = ANA, party_id: PartyId = "p2") -> Change:
    assert run.ended_at is not None
    entries = decide_creation(ContinueRun(actor, run), party_id, "epoch", party_id.upper(), run.ended_at, BOUNDS)
    assert isinstance(entries, tuple), entries
    return Change(None, entries)


async def runs_of(store: Store, player: Player) -> list[SessionId]:
    return [run.session_id for run in await store.saved_runs_of(player.id, 100)]


async def test_a_checkpoint_that_an_entry_announces_can_be_read(store: Store) -> None:
    await begin(store)
    assert await store.saved_run("s1") is None
    assert await store.checkpoint_data("s1") is None
    party = await save(store, "first")
    assert await store.checkpoint_data("s1") == "first"
    party = await save(store, "second ☃")
    assert await store.checkpoint_data("s1") == "second ☃"
    assert party.session is not None
    assert party.session.checkpoint is not None
    assert party.session.checkpoint.bytes == len("second ☃".encode())
    run = await store.saved_run("s1")
    assert run is not None
    assert (run.checkpoint, run.ended_at) == (party.session.checkpoint, None)
    entries = await store.entries("p1", party.version - 1, 1)
    assert entries[0].event == CheckpointSaved(run.checkpoint)


@pytest.mark.parametrize("data", ["", '\0\x1f"\\', "x" * 65_536, "\U0001f409" * 16_384])
async def test_data_comes_back_as_it_was_saved(store: Store, data: str) -> None:
    await begin(store)
    await save(store, data)
    assert await store.checkpoint_data("s1") == data


async def test_a_pending_checkpoint_is_not_durable(store: Store, write_blocker: WriteBlocker) -> None:
    await begin(store)
    write_blocker.hold()
    saving = asyncio.create_task(save(store, "state"))
    await write_blocker.reached()
    assert await store.saved_run("s1") is None
    write_blocker.release()
    await saving
    assert await store.checkpoint_data("s1") == "state"


async def test_an_ended_run_says_how_it_ended_and_who_was_in_it(store: Store) -> None:
    await begin(store, BEN, CAT, DAN)
    await save(store, "state")
    await do(store, "p1", LeaveParty(BEN), KickMember(ANA, "dan", ban=True), at=LATER)
    await end(store, at=LATER + 5)
    run = await store.saved_run("s1")
    assert run is not None
    assert (run.ended_at, run.outcome, run.party_id) == (LATER + 5, "Won", "p1")
    assert [seat.player for seat in run.seats] == [ANA, BEN, CAT], "a banned player has no seat"
    assert await store.checkpoint_data("s1") == "state"


async def test_a_run_without_a_checkpoint_is_not_kept(store: Store) -> None:
    await begin(store)
    await end(store)
    assert await store.saved_run("s1") is None
    assert await runs_of(store, ANA) == []


async def test_the_runs_of_a_player_come_newest_first_in_pages(store: Store) -> None:
    for number in range(5):
        await save_run(store, session_id=f"s{number}", at=LATER + number)
    assert await runs_of(store, ANA) == ["s4", "s3", "s2", "s1", "s0"]
    assert await runs_of(store, BEN) == []
    page = await store.saved_runs_of("ana", 2)
    assert [run.session_id for run in page] == ["s4", "s3"]
    page = await store.saved_runs_of("ana", 2, position_of(page[-1]))
    assert [run.session_id for run in page] == ["s2", "s1"]


async def test_runs_that_ended_at_one_instant_come_by_their_ids(store: Store) -> None:
    for session_id in ("s2", "s1", "s3"):
        await save_run(store, session_id=session_id)
    page = await store.saved_runs_of("ana", 1)
    after = await store.saved_runs_of("ana", 5, position_of(page[0]))
    assert [run.session_id for run in (*page, *after)] == ["s3", "s2", "s1"]


async def test_a_run_goes_with_its_last_seat(store: Store) -> None:
    await save_run(store, BEN)
    await store.remove_from_run("s1", "ana")
    run = await store.saved_run("s1")
    assert run is not None
    assert [seat.player for seat in run.seats] == [BEN]
    assert (await runs_of(store, ANA), await runs_of(store, BEN)) == ([], ["s1"])
    await store.remove_from_run("s1", "ana")
    assert await store.checkpoint_data("s1") == "state of s1"
    await store.remove_from_run("s1", "ben")
    assert await store.saved_run("s1") is None
    assert await store.checkpoint_data("s1") is None
    assert await runs_of(store, BEN) == []
    await store.remove_from_run("s1", "ben")


async def test_runs_outlive_the_log_of_their_party(store: Store) -> None:
    await save_run(store, BEN)
    await do(store, "p1", DisbandParty(ANA), at=LATER)
    while await store.sweep(LATER + 2 * DAY_MS):
        pass
    assert await store.party("p1") is None
    assert await store.session("s1") is None
    assert await runs_of(store, BEN) == ["s1"]
    assert await store.checkpoint_data("s1") == "state of s1"
    await store.sweep(LATER + 90 * DAY_MS - 1)
    assert await store.saved_run("s1") is not None
    assert (await store.store_counts()).saved_runs == 1
    await store.sweep(LATER + 90 * DAY_MS)
    assert await store.saved_run("s1") is None
    assert await store.checkpoint_data("s1") is None
    assert await runs_of(store, BEN) == []
    assert (await store.store_counts()).saved_runs == 0


async def test_saved_runs_are_counted(store: Store) -> None:
    assert (await store.store_counts()).saved_runs == 0
    await begin(store)
    await save(store, "first")
    await save(store, "second")
    assert (await store.store_counts()).saved_runs == 1
    await end(store)
    await save_run(store, session_id="s2")
    assert (await store.store_counts()).saved_runs == 2
    await store.remove_from_run("s1", "ana")
    assert (await store.store_counts()).saved_runs == 1


async def test_one_live_party_continues_a_run(store: Store) -> None:
    run = await save_run(store, BEN)
    await do(store, "p1", DisbandParty(ANA), at=LATER)
    assert await store.continuation_of("s1") is None
    await store.commit(Commit((continuation(run),)))
    assert await store.continuation_of("s1") == "p2"
    with pytest.raises(Conflict):
        await store.commit(Commit((continuation(run, BEN, "p3"),)))
    assert await store.party("p3") is None
    await do(store, "p2", DisbandParty(ANA), at=LATER)
    assert await store.continuation_of("s1") is None
    await store.commit(Commit((continuation(run, BEN, "p3"),)))
    assert await store.continuation_of("s1") == "p3"


async def test_a_run_can_be_continued_again_after_the_session_that_continued_it(store: Store) -> None:
    run = await save_run(store, BEN)
    await do(store, "p1", DisbandParty(ANA), at=LATER)
    await store.commit(Commit((continuation(run),)))
    party = await begin(store, party_id="p2", session_id="s2")
    assert party.session is not None
    assert party.session.checkpoint == run.checkpoint
    assert await store.saved_run("s2") is None, "it has saved nothing of its own"
    await end(store, "p2", "s2")
    assert await store.continuation_of("s1") is None
    assert await store.saved_run("s2") is None


async def test_of_many_continuations_at_once_one_is_made(store: Store) -> None:
    run = await save_run(store, BEN, CAT, DAN)
    await do(store, "p1", DisbandParty(ANA), at=LATER)
    rivals = [store.commit(Commit((continuation(run, actor, f"by {actor.id}"),))) for actor in (ANA, BEN, CAT, DAN)]
    outcomes = await asyncio.gather(*rivals, return_exceptions=True)
    assert sorted(map(str, map(type, outcomes))) == sorted(map(str, [Conflict, Conflict, Conflict, type(None)]))
    winner = await store.continuation_of("s1")
    assert winner is not None
    assert await store.party(winner) is not None


async def test_everything_is_there_after_a_restart(home: Home) -> None:
    store = await home.open()
    run = await save_run(store, BEN)
    await do(store, "p1", DisbandParty(ANA), at=LATER)
    await store.commit(Commit((continuation(run),)))
    await store.close()
    store = await home.open()
    try:
        if home.url == "memory://":
            assert await store.saved_run("s1") is None
            return
        assert await store.saved_run("s1") == run
        assert await store.checkpoint_data("s1") == "state of s1"
        assert await runs_of(store, BEN) == ["s1"]
        assert await store.continuation_of("s1") == "p2"
        assert (await store.store_counts()).saved_runs == 1
        with pytest.raises(Conflict):
            await store.commit(Commit((continuation(run, BEN, "p3"),)))
    finally:
        await store.close()
