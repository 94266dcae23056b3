"""The record of who received which event, as the demo prints it at the end."""

from __future__ import annotations

from typing import Any

from tools.demo.record import Record


def event(seq: int, kind: str = "DragonWoke", **fields: Any) -> dict[str, Any]:
    return {"__typename": kind, "seq": seq, **fields}


def snapshot(seq: int) -> dict[str, Any]:
    return event(seq, "PartySnapshot", party={"members": [{"player": {"displayName": "Ada"}}]})


def test_an_entry_is_new_only_when_the_first_player_receives_it() -> None:
    record = Record(["Ada", "Bram"])
    assert [record.note("Ada", event(4)), record.note("Bram", event(4))] == [True, False]


def test_frames_about_the_stream_are_not_new() -> None:
    record = Record(["Ada"])
    assert not record.note("Ada", snapshot(3))
    assert not record.note("Ada", event(9, "Removed", leaveReason="LEFT"))


def test_the_table_marks_live_replayed_and_missing_events() -> None:
    record = Record(["Ada", "Bram"])
    record.note("Ada", snapshot(1))
    record.note("Ada", event(2))
    record.comes_back("Bram")
    record.note("Bram", event(2))
    record.note("Bram", event(3))
    assert [row.split() for row in record.rows()] == [
        ["Ada", "Bram"],
        ["1", "S", ".", "the", "party", "as", "it", "is:", "Ada"],
        ["2", "o", "r", "dragon", "woke"],
        ["3", ".", "o", "dragon", "woke"],
    ]


def test_a_missed_event_is_found() -> None:
    record = Record(["Ada"])
    for seq in (2, 3, 5):
        record.note("Ada", event(seq))
    assert record.missed() == ["Ada never received #4"]


def test_a_player_who_came_later_or_left_earlier_has_missed_nothing() -> None:
    record = Record(["Ada", "Bram"])
    for seq in (1, 2, 3):
        record.note("Ada", event(seq))
    record.note("Bram", event(2))
    assert record.missed() == []
