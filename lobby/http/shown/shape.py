"""What all shapes have in common."""

from __future__ import annotations

from enum import Enum

from pydantic import BaseModel, ConfigDict

from lobby.domain.values import Instant
from schema.scalars import written

TIME_EXAMPLE = "2026-11-22T23:59:59.123Z"
PARTY_ID_EXAMPLE = "0b6c1f4e-8d1e-4c53-a8f7-61a6d8f0d2aa"
SESSION_ID_EXAMPLE = "7d0a3c7e-3f0b-4a51-9a5e-2f4c0c1d9b11"


class Shape(BaseModel):
    """A JSON object that one flat class can read; what is not there is null, never left out."""

    model_config = ConfigDict(frozen=True)


def word(of: Enum) -> str:
    """A word with a fixed set of meanings, in lower case."""
    return str(of.value).lower()


def time(at: Instant) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return written(at)


def time_or_none(at: Instant | None) -> str | None:
    return written(at) if at is not None else None
