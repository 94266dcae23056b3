"""docs/security.md as data: what its tables say of each viewer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.needs import ROOT

DOCUMENT = ROOT / "docs/security.md"
NONE = "·"
"""Does not come about: nobody stands so towards such a party."""


@dataclass(frozen=True, slots=True)
class Row:
    """`names`: the fields, ways or mutations that it is about; `of`: the kind of party, where the table tells several apart."""

    names: tuple[str, ...]
    of: str
    cells: dict[str, str]
    """By viewer."""


def rows(heading: str) -> list[Row]:
    """Those of the table under a heading."""
    text = DOCUMENT.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
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
