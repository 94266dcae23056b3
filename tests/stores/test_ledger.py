"""Serials are given for good only to what came to be."""

from __future__ import annotations

import pytest

from lobby.domain.commands import StartSession
from lobby.ports import Commit, Conflict, Retention
from lobby.stores.codes import Codes
from lobby.stores.ledger import Ledger
from lobby.stores.memory import MemoryEngine
from lobby.stores.records import Records
from tests.stores.changes import ANA, AT, BEN, change, founding, start


@pytest.fixture
def ledger() -> Ledger:
    retention = Retention()
    return Ledger(Codes(retention.code_ms), Records(MemoryEngine(retention)))


def post(ledger: Ledger, commit: Commit) -> None:
    """`commit` is durable at once."""
    for write in ledger.post(commit, AT)[1]:
        write.settle()


def test_what_conflicts_has_no_serial(ledger: Ledger) -> None:
    post(ledger, Commit((founding(ANA, "p1"),)))
    with pytest.raises(Conflict):
        ledger.post(Commit((founding(ANA, "p2"),)), AT)
    assert not ledger.party_serials.knows("p2")
    assert ledger.party_serials.knows("p1")


def test_what_is_undone_has_no_serial(ledger: Ledger) -> None:
    ana = founding(ANA, "p1")
    post(ledger, Commit((ana,)))
    ledger.post(Commit((founding(BEN, "p2"),)), AT)
    ledger.post(Commit((change(ana.after, start("s1")),)), AT)
    ledger.undo()
    assert not ledger.party_serials.knows("p2")
    assert not ledger.session_serials.knows("s1")
    assert ledger.party_serials.knows("p1")


def test_a_session_that_conflicts_leaves_the_serial_of_the_other_alone(ledger: Ledger) -> None:
    ana, ben = founding(ANA, "p1"), founding(BEN, "p2")
    post(ledger, Commit((ana,)))
    post(ledger, Commit((ben,)))
    post(ledger, Commit((change(ana.after, start("s1")),)))
    with pytest.raises(Conflict):
        ledger.post(Commit((change(ben.after, StartSession(BEN, "s1", force=True)),)), AT)
    assert ledger.session_serials.knows("s1")
