"""What the servers wrote while they ran."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from chaos.checks.violation import Kind, Violation

_BAD = re.compile(r"\b(ERROR|CRITICAL|FATAL)\b|^Traceback \(most recent call last\)|\bnever (awaited|retrieved)\b")


def bad_lines(name: str, lines: Iterable[str]) -> Iterator[Violation]:
    """Errors, tracebacks, and what Python says of forgotten work."""
    for number, line in enumerate(lines, 1):
        if _BAD.search(line):
            yield Violation(Kind.SERVER, f"{name}:{number}: {line.strip()}")
