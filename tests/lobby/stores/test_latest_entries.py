"""The latest entries: bounded, and never with a hole."""

from __future__ import annotations

from lobby.domain.commands import PostMessage
from lobby.domain.events import Entry
from lobby.stores.latest_entries import LatestEntries
from tests.stores.changes import ANA, change, founding


def log(length: int) -> list[Entry]:
    made = founding()
    entries = list(made.entries)
    while len(entries) < length:
        entries += change(entries[-1].party, PostMessage(ANA, str(len(entries)))).entries
    return entries


def seqs(latest: LatestEntries, party_id: str, after_seq: int) -> list[int] | None:
    entries = latest.after(party_id, after_seq, 100)
    return None if entries is None else [entry.seq for entry in entries]


def test_what_came_first_goes_first_whosever_it_was() -> None:
    latest, entries = LatestEntries(4), log(4)
    latest.add("p1", entries[:2])
    latest.add("p2", entries[:2])
    assert latest.has_first("p1")
    latest.add("p1", entries[2:3])
    assert seqs(latest, "p1", 0) is None
    assert seqs(latest, "p1", 1) == [2, 3]
    assert seqs(latest, "p2", 0) == [1, 2]
    latest.add("p1", entries[3:])
    assert seqs(latest, "p1", 2) == [3, 4]


def test_a_party_of_which_nothing_is_left_is_unknown() -> None:
    latest, entries = LatestEntries(2), log(2)
    latest.add("p1", entries)
    latest.add("p2", entries)
    assert seqs(latest, "p1", 5) is None
    assert not latest.has_first("p1")


def test_at_the_head_there_is_nothing_and_that_is_known() -> None:
    latest = LatestEntries(10)
    latest.add("p1", log(3))
    assert seqs(latest, "p1", 3) == []
    assert seqs(latest, "p1", 9) == []


def test_what_was_cut_or_forgotten_does_not_confuse_the_bound() -> None:
    latest, entries = LatestEntries(4), log(4)
    latest.add("p1", entries[:3])
    latest.cut("p1", 3)
    assert seqs(latest, "p1", 2) == [3]
    latest.add("p2", entries)
    assert seqs(latest, "p1", 2) is None
    latest.forget("p2")
    latest.add("p3", entries)
    assert seqs(latest, "p3", 0) == [1, 2, 3, 4]


def test_entries_that_others_made_in_between_leave_no_hole() -> None:
    latest, entries = LatestEntries(10), log(6)
    latest.add("p1", entries[:2])
    latest.add("p1", entries[4:5])
    assert seqs(latest, "p1", 1) is None
    assert seqs(latest, "p1", 4) == [5]
    latest.add("p1", entries[5:])
    assert seqs(latest, "p1", 4) == [5, 6]
