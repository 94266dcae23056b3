"""JSON as this package handles it."""

from __future__ import annotations

from typing import Any

import msgspec

Json = dict[str, Any]
"""A JSON object as the server sent it, or as the contract says that it should be."""


def canonical(value: object) -> bytes:
    """One text for one value, whatever the order of its keys."""
    return msgspec.json.encode(value, order="deterministic")


def parsed(text: str | bytes) -> Any:
    """Raises `ValueError` for what is no JSON."""
    return msgspec.json.decode(text)
