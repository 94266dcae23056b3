"""Custom scalars: one that is well behaved, one that is not, and one that takes and gives any JSON."""

from __future__ import annotations

from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

Moment = NewType("Moment", int)
"""Written as text: 7 is "7 o'clock"."""
Fussy = NewType("Fussy", str)
"""Fails for "bad", gives nothing for "nothing", both ways."""
Blob = NewType("Blob", object)


def _written(at: int) -> str:
    return f"{at} o'clock"


def _read(text: object) -> int:
    if not isinstance(text, str):
        raise ValueError("a Moment is a string")
    return int(text.removesuffix(" o'clock"))


def _fussy(value: Any) -> Any:
    if value == "bad":
        raise ValueError("bad")
    return None if value == "nothing" else f"fussy {value}"


SCALARS: dict[object, ScalarDefinition] = {
    Moment: strawberry.scalar(name="Moment", serialize=_written, parse_value=_read),
    Fussy: strawberry.scalar(name="Fussy", serialize=_fussy, parse_value=_fussy),
    Blob: strawberry.scalar(name="Blob", serialize=lambda value: value, parse_value=lambda value: value),
}
