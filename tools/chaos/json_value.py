"""JSON objects, and their encoding."""

from __future__ import annotations

from typing import Any

import msgspec

Json = dict[str, Any]
"""A JSON object that the server sent, or that the contract demands."""


def canonical(value: object) -> bytes:
    """The same bytes for equal values, with any order of their keys."""
    return msgspec.json.encode(value, order="deterministic")


def parse(text: str | bytes) -> Any:
    """Decode JSON. Raises `ValueError`."""
    return msgspec.json.decode(text)
