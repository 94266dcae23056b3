"""Only commits that succeed keep their serials."""

from __future__ import annotations

import pytest

from lobby.domain.commands import StartSession
from lobby.ports import Commit, Conflict, Retention
from lobby.stores.local.idempotency_records import IdempotencyRecords
from lobby.stores.local.join_codes import JoinCodes
from lobby.stores.local.live_state import LiveState
from lobby.stores.local.memory import MemoryEngine
from tests.lobby.stores.changes import ANA, AT, BEN, change, party_creation, start


@pytest.fixture
def live() -> LiveState:
    retention = Retention()
    return LiveState(JoinCodes(retention.code_ms), IdempotencyRecords(MemoryEngine(retention)))


def post(live: LiveState, commit: Commit) -> None:
    """Apply `commit`, durable at once."""
    for write in live.apply(commit, AT)[1]:
        write.mark_durable()


def test_a_commit_that_conflicts_leaves_no_serial(live: LiveState) -> None:
    post(live, Commit((party_creation(ANA, "p1"),)))
    with pytest.raises(Conflict):
        live.apply(Commit((party_creation(ANA, "p2"),)), AT)
    assert not live.party_serials.knows("p2")
    assert live.party_serials.knows("p1")


def test_an_undone_commit_leaves_no_serial(live: LiveState) -> None:
    ana = party_creation(ANA, "p1")
    post(live, Commit((ana,)))
    live.apply(Commit((party_creation(BEN, "p2"),)), AT)
    live.apply(Commit((change(ana.after, start("s1")),)), AT)
    live.undo()
    assert not live.party_serials.knows("p2")
    assert not live.session_serials.knows("s1")
    assert live.party_serials.knows("p1")


def test_a_session_that_conflicts_leaves_the_serial_of_the_other_alone(live: LiveState) -> None:
    ana, ben = party_creation(ANA, "p1"), party_creation(BEN, "p2")
    post(live, Commit((ana,)))
    post(live, Commit((ben,)))
    post(live, Commit((change(ana.after, start("s1")),)))
    with pytest.raises(Conflict):
        live.apply(Commit((change(ben.after, StartSession(BEN, "s1", force=True)),)), AT)
    assert live.session_serials.knows("s1")
