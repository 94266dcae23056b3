"""The output of the commands: a plain table, or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

CELL_CHARS_MAX = 60
"""Longer texts are cut in a table. JSON has all of them."""


def show_json(value: Any) -> str:
    """Only ASCII: names and texts of players could hold control characters for the terminal."""
    return json.dumps(value, indent=2)


def show_table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """One line for each row. `columns`: names of fields; a dot leads into an object, such as player.displayName."""
    cells = [list(columns), *([_cell(_find(row, column)) for column in columns] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(columns))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def _find(row: Any, column: str) -> Any:
    for name in column.split("."):
        row = row.get(name) if isinstance(row, Mapping) else None
    return row


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(value))
    return text if len(text) <= CELL_CHARS_MAX else f"{text[: CELL_CHARS_MAX - 1]}…"
