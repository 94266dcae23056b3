"""Counts what happened to the connections of a proxy."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class ConnectionCounts:
    connections: int = 0
    cut: Counter[str] = field(default_factory=Counter)
    """Connections that the proxy ended, by reason."""
