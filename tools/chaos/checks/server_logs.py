"""The check of the log files that the servers wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tools.chaos.violation import Kind, Violation

_FAILURE = re.compile(r"\b(ERROR|CRITICAL|FATAL)\b|^Traceback \(most recent call last\)|\bnever (awaited|retrieved)\b")

_FAILED_START = re.compile(r"ERROR uvicorn\.error: ")


def bad_lines(name: str, lines: Iterable[str], may_not_start: bool = False) -> Iterator[Violation]:
    """Find errors, tracebacks, and Python's warnings about tasks that nobody awaited.

    `may_not_start`: a server whose store cannot be reached when it starts logs one ERROR line and exits, as it should. Such a
    line is then no violation; a traceback always is.
    """
    for number, line in enumerate(lines, 1):
        if _FAILURE.search(line) and not (may_not_start and _FAILED_START.search(line)):
            yield Violation(Kind.SERVER, f"{name}:{number}: {line.strip()}")
