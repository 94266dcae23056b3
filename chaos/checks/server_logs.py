"""What the servers wrote while they ran."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from chaos.checks.violation import Kind, Violation

_BAD = re.compile(r"\b(ERROR|CRITICAL|FATAL)\b|^Traceback \(most recent call last\)|\bnever (awaited|retrieved)\b")

_NOT_STARTED = re.compile(r"ERROR uvicorn\.error: ")


def bad_lines(name: str, lines: Iterable[str], may_not_start: bool = False) -> Iterator[Violation]:
    """Errors, tracebacks, and what Python says of forgotten work.

    `may_not_start`: a server whose store is out of reach just then says so in an error's line, and ends. Without a traceback
    that is no fault; with one, the traceback is.
    """
    for number, line in enumerate(lines, 1):
        if _BAD.search(line) and not (may_not_start and _NOT_STARTED.search(line)):
            yield Violation(Kind.SERVER, f"{name}:{number}: {line.strip()}")
