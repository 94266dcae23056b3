"""Formats of log lines, and what is left out while something fails again and again."""

from __future__ import annotations

import json
import logging
from contextvars import copy_context

from lobby.runtime.log_context import note_request
from web.logs import BURST, INTERVAL_S, JsonFormatter, RepeatedLines, TextFormatter, hashed_player


def record(message: str, *args: object, level: int = logging.WARNING, line: int = 1) -> logging.LogRecord:
    return logging.LogRecord("lobby.test", level, "/place.py", line, message, args, None)


def test_a_line_of_text_ends_with_the_request_and_the_player() -> None:
    def format_within_request() -> str:
        note_request("r-1", "ann")
        return TextFormatter(lambda player_id: player_id).format(record("it failed"))

    assert copy_context().run(format_within_request).endswith("WARNING lobby.test: it failed [request r-1 player ann]")
    assert TextFormatter(lambda player_id: player_id).format(record("it failed")).endswith("lobby.test: it failed")


def test_a_line_of_json_has_the_traceback_of_an_error() -> None:
    try:
        raise ValueError("broken")
    except ValueError as error:
        failed = record("it failed: %s", "why")
        failed.exc_info = (ValueError, error, error.__traceback__)
    line = json.loads(JsonFormatter(lambda _: None).format(failed))

    assert (line["level"], line["message"]) == ("warning", "it failed: why")
    assert line["error"].endswith("ValueError: broken")
    assert line["time"].endswith("+00:00")
    assert "player_id" not in line


def test_the_hash_of_a_player_stays_the_same_and_depends_on_the_key() -> None:
    assert hashed_player(b"k" * 32)("ann") == hashed_player(b"k" * 32)("ann")
    assert hashed_player(b"k" * 32)("ann") != hashed_player(b"l" * 32)("ann")


def test_warnings_of_one_place_are_left_out_after_a_burst_and_counted() -> None:
    now_s = [0.0]
    lines = RepeatedLines(lambda: now_s[0])

    assert [lines.filter(record("store away")) for _ in range(BURST + 7)] == [True] * BURST + [False] * 7
    assert lines.filter(record("another place", line=2))
    now_s[0] = INTERVAL_S
    later = record("store away: %s", "still")
    assert lines.filter(later)
    assert later.getMessage() == "store away: still (7 lines like this were left out)"


def test_lines_that_are_no_warnings_are_all_written() -> None:
    lines = RepeatedLines()

    assert all(lines.filter(record("served", level=logging.INFO)) for _ in range(3 * BURST))
