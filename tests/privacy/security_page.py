"""Reads the tables of docs/security.md."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.needs import ROOT

DOCUMENT = ROOT / "docs/security.md"
NONE = "·"
"""The cell of a case that cannot occur."""


@dataclass(frozen=True, slots=True)
class Row:
    """`names`: its fields, read paths or mutations; `of`: the kind of party, in tables that have this column."""

    names: tuple[str, ...]
    of: str
    cells: dict[str, str]
    """The cells of a row, by viewer."""


def rows(heading: str) -> list[Row]:
    """The rows of the table under a heading."""
    text = DOCUMENT.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    tables = [part for part in re.split(r"\n(?!\|)", text) if part.startswith("|") or "\n|" in part]
    lines = [line for line in tables[-1].splitlines() if line.startswith("|")]
    head, _rule, *body = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [_row(head, cells) for cells in body]


def _row(head: list[str], cells: list[str]) -> Row:
    assert len(head) == len(cells), cells
    first = 2 if head[1] == "party" else 1
    return Row(_names(cells[0]), cells[1] if first == 2 else "", dict(zip(head[first:], cells[first:], strict=True)))


def _names(cell: str) -> tuple[str, ...]:
    """`Party.id`, `.state` are Party.id and Party.state."""
    names: list[str] = []
    for name in re.findall(r"`([^`]+)`", cell):
        names.append(name if not name.startswith(".") else names[-1].partition(".")[0] + name)
    return tuple(names)
