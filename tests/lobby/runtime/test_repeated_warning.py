"""A repeated warning becomes one line with a count."""

from __future__ import annotations

import logging

import pytest

from lobby.runtime.repeated_warning import RepeatedWarning


def test_repeated_warnings_are_one_line_with_a_count(caplog: pytest.LogCaptureFixture) -> None:
    times_s = iter([0.0, 1.0, 9.9, 10.0, 10.1, 25.0, 60.0])
    warning = RepeatedWarning(logging.getLogger("test"), 10.0, lambda: next(times_s))
    for number in range(7):
        warning.log("write %d failed", number)
    assert [record.getMessage() for record in caplog.records] == [
        "write 0 failed",
        "write 3 failed (warnings like this since the previous line: 2 more)",
        "write 5 failed (warnings like this since the previous line: 1 more)",
        "write 6 failed",
    ]
