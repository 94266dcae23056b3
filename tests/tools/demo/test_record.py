"""Who saw what, as the demo's last page shows it."""

from __future__ import annotations

from typing import Any

from lobby.demo.record import Record


def event(seq: int, kind: str = "Unheard", **fields: Any) -> dict[str, Any]:
    return {"__typename": kind, "seq": seq, **fields}


def snapshot(seq: int) -> dict[str, Any]:
    return event(seq, "PartySnapshot", party={"members": [{"player": {"displayName": "Ada"}}]})


def test_an_entry_is_new_only_to_the_first_who_sees_it() -> None:
    record = Record(["Ada", "Bram"])
    assert [record.note("Ada", event(4)), record.note("Bram", event(4))] == [True, False]


def test_frames_about_the_stream_are_no_news() -> None:
    record = Record(["Ada"])
    assert not record.note("Ada", snapshot(3))
    assert not record.note("Ada", event(9, "Removed", leaveReason="LEFT"))


def test_the_table_marks_what_was_live_replayed_or_not_seen() -> None:
    record = Record(["Ada", "Bram"])
    record.note("Ada", snapshot(1))
    record.note("Ada", event(2))
    record.comes_back("Bram")
    record.note("Bram", event(2))
    record.note("Bram", event(3))
    assert [row.split() for row in record.rows()] == [
        ["Ada", "Bram"],
        ["1", "S", ".", "the", "party", "as", "it", "stands:", "Ada"],
        ["2", "o", "r", "Unheard"],
        ["3", ".", "o", "Unheard"],
    ]


def test_a_hole_is_told() -> None:
    record = Record(["Ada"])
    for seq in (2, 3, 5):
        record.note("Ada", event(seq))
    assert record.missed() == ["Ada never saw #4"]


def test_who_came_later_or_left_earlier_has_missed_nothing() -> None:
    record = Record(["Ada", "Bram"])
    for seq in (1, 2, 3):
        record.note("Ada", event(seq))
    record.note("Bram", event(2))
    assert record.missed() == []
