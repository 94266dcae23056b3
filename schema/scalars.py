"""The contract's own scalars."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from lobby.domain.values import Instant

DateTime = NewType("DateTime", int)
"""An `Instant` that is written as text."""
Cursor = NewType("Cursor", str)


def written(at: Instant) -> str:
    """ISO 8601 in UTC with milliseconds: 2026-11-22T23:59:59.123Z."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def read(text: object) -> DateTime:
    """Raises ValueError for what is no such time."""
    if not isinstance(text, str):
        raise ValueError("a DateTime is a string such as 2026-11-22T23:59:59.123Z")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a DateTime names its offset from UTC")
    return DateTime(round(moment.timestamp() * 1000))


def _cursor(text: object) -> Cursor:
    if not isinstance(text, str):
        raise ValueError("a Cursor is a string")
    return Cursor(text)


SCALARS: dict[object, ScalarDefinition] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description="ISO 8601, UTC, milliseconds: 2026-11-22T23:59:59.123Z.",
        serialize=written,
        parse_value=read,
    ),
    Cursor: strawberry.scalar(
        name="Cursor",
        description=(
            "Opaque resume position in one party's event log. It carries the log's epoch and a sequence number; "
            "compare for equality only."
        ),
        serialize=str,
        parse_value=_cursor,
    ),
}
