"""The cache of latest entries is bounded, and has no gaps."""

from __future__ import annotations

from lobby.domain.commands import PostMessage
from lobby.domain.events import Entry
from lobby.domain.model import Attribute
from lobby.stores.latest_entries import LatestEntries
from lobby.struct import replace
from tests.lobby.stores.changes import ANA, change, party_creation


def log(length: int) -> list[Entry]:
    made = party_creation()
    entries = list(made.entries)
    while len(entries) < length:
        entries += change(entries[-1].party, PostMessage(ANA, str(len(entries)))).entries
    return entries


def seqs(latest: LatestEntries, party_id: str, after_seq: int) -> list[int] | None:
    entries = latest.after(party_id, after_seq, 100)
    return None if entries is None else [entry.seq for entry in entries]


def test_the_oldest_entries_of_all_parties_go_first() -> None:
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


def test_a_party_without_cached_entries_is_unknown() -> None:
    latest, entries = LatestEntries(2), log(2)
    latest.add("p1", entries)
    latest.add("p2", entries)
    assert seqs(latest, "p1", 5) is None
    assert not latest.has_first("p1")


def test_at_the_head_the_cache_returns_no_entries() -> None:
    latest = LatestEntries(10)
    latest.add("p1", log(3))
    assert seqs(latest, "p1", 3) == []
    assert seqs(latest, "p1", 9) == []


def test_cut_and_forgotten_entries_do_not_count() -> None:
    latest, entries = LatestEntries(4), log(4)
    latest.add("p1", entries[:3])
    latest.cut("p1", 3)
    assert seqs(latest, "p1", 2) == [3]
    latest.add("p2", entries)
    assert seqs(latest, "p1", 2) is None
    latest.forget("p2")
    latest.add("p3", entries)
    assert seqs(latest, "p3", 0) == [1, 2, 3, 4]


def test_entries_missing_in_between_drop_the_older_ones() -> None:
    latest, entries = LatestEntries(10), log(6)
    latest.add("p1", entries[:2])
    latest.add("p1", entries[4:5])
    assert seqs(latest, "p1", 1) is None
    assert seqs(latest, "p1", 4) == [5]
    latest.add("p1", entries[5:])
    assert seqs(latest, "p1", 4) == [5, 6]


def test_the_bytes_of_all_entries_together_are_bounded() -> None:
    large = tuple(Attribute(f"k{number}", "x" * 1_000) for number in range(20))
    entries = [
        replace(entry, party=replace(entry.party, attributes=tuple(large))) if number % 2 else entry
        for number, entry in enumerate(log(20))
    ]
    latest = LatestEntries(1_000, bytes_max=100_000)
    latest.add("p1", entries)
    kept = latest.after("p1", 15, 100)
    assert kept is not None
    assert latest.after("p1", 5, 100) is None
    assert len(kept) == 5


def test_attributes_that_entries_share_count_once() -> None:
    large = tuple(Attribute(f"k{number}", "x" * 1_000) for number in range(20))
    entries = [replace(entry, party=replace(entry.party, attributes=large)) for entry in log(20)]
    latest = LatestEntries(1_000, bytes_max=100_000)
    latest.add("p1", entries)
    assert latest.after("p1", 0, 100) == tuple(entries)
