"""Claims of runs over several partitions: the next node that meets them repairs those that a dead node has left."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from lobby.domain.commands import BeginSession, CompleteSession, ContinueRun, DisbandParty, JoinParty, SaveCheckpoint
from lobby.domain.model import Player
from lobby.domain.rules.decide import decide_creation
from lobby.domain.saved_runs import SavedRun
from lobby.ports import Change, Commit, Conflict, Retention
from lobby.stores.valkey.opening import open_valkey
from lobby.stores.valkey.scripts import GIVE_BACK
from lobby.stores.valkey.store import ValkeyStore
from tests.lobby.stores.changes import ANA, AT, BEN, BOUNDS, change, create, do, start
from tests.manual_clock import ManualClock
from tools.chaos.valkey.server import ValkeyServer

LATER = AT + 60_000


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit of a dead node is called off after a short time."""
    monkeypatch.setattr("lobby.stores.valkey.multi_party_commit.OPEN_MS", 100)


@pytest.fixture
async def store(valkey: ValkeyServer) -> AsyncIterator[ValkeyStore]:
    store = await open_valkey(valkey.url, BOUNDS, Retention(), ManualClock(), partitions=16)
    yield store
    await store.close()


@pytest.fixture
async def run(store: ValkeyStore) -> SavedRun:
    """A saved run of Ana and Ben, whose party is closed."""
    await create(store)
    await do(store, "p1", JoinParty(BEN), start())
    party = await do(store, "p1", BeginSession("s1"), at=LATER)
    saved = change(party, SaveCheckpoint(ANA, "s1", "state"), LATER)
    await store.commit(Commit((saved,), checkpoint_data="state"))
    await do(store, "p1", CompleteSession(ANA, "s1"), DisbandParty(ANA), at=LATER)
    found = await store.saved_run("s1")
    assert found is not None
    return found


def continuation(run: SavedRun, actor: Player, party_id: str) -> Commit:
    entries = decide_creation(ContinueRun(actor, run), party_id, "epoch", party_id.upper(), LATER, BOUNDS)
    assert isinstance(entries, tuple), entries
    return Commit((Change(None, entries),))


async def test_a_claim_of_a_node_that_died_before_its_commit_is_repaired(store: ValkeyStore, run: SavedRun) -> None:
    plan = store._planner.plan(continuation(run, ANA, "p2"), LATER, store.client.server_time.now(), {})
    await store._committer._claim(plan, plan.homes[-1])
    assert await store.continuation_of("s1") is None, "the party is not there"
    with pytest.raises(Conflict):
        await store.commit(continuation(run, BEN, "p3"))
    await store.commit(continuation(run, BEN, "p3"))
    assert await store.continuation_of("s1") == "p3"


async def test_a_claim_of_a_closed_party_that_was_not_given_back_is_repaired(
    store: ValkeyStore, run: SavedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.commit(continuation(run, ANA, "p2"))
    run_script = store._committer._run_except_at

    async def dying(decider: int, script: object, plan: object) -> None:
        if script is not GIVE_BACK:
            await run_script(decider, script, plan)  # type: ignore[arg-type]

    monkeypatch.setattr(store._committer, "_run_except_at", dying)
    await do(store, "p2", DisbandParty(ANA), at=LATER)
    monkeypatch.undo()
    assert await store.continuation_of("s1") is None
    with pytest.raises(Conflict):
        await store.commit(continuation(run, BEN, "p3"))
    await store.commit(continuation(run, BEN, "p3"))
    assert await store.continuation_of("s1") == "p3"
