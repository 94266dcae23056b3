"""What is counted while it runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Figures:
    """Counts and times; each is added to where it happens."""

    acts: int = 0
    """Mutations that players wished for, each under its own idempotency key."""
    copies: int = 0
    """Requests sent for them."""
    acknowledged: int = 0
    retried: int = 0
    """Copies sent because the answer to an earlier one did not come."""
    repeated: int = 0
    """Copies sent at the same time as another one, or although the answer had come."""
    replayed: int = 0
    """Acknowledgements that were those of an earlier copy."""
    rejections: Counter[str] = field(default_factory=Counter)
    by_operation: Counter[str] = field(default_factory=Counter)
    by_transport: Counter[str] = field(default_factory=Counter)
    queries: int = 0
    refreshed: int = 0
    in_flight: int = 0
    """Copies that wait for their answer just now."""

    kills: int = 0
    killed_in_flight: int = 0
    terminations: int = 0
    restart_s: list[float] = field(default_factory=list)
    """From the start of a process until it answers."""
    mishaps: Counter[str] = field(default_factory=Counter)
    """Of the place where things are kept, by name."""
    stop_s: list[float] = field(default_factory=list)
    """From SIGTERM to the exit."""

    connections: int = 0
    cut: Counter[str] = field(default_factory=Counter)
    """Connections that the proxy ended, by how."""

    subscriptions: int = 0
    resumes: int = 0
    """Subscriptions with a cursor."""
    frames: int = 0
    by_frame: Counter[str] = field(default_factory=Counter)
    snapshots: Counter[str] = field(default_factory=Counter)
    """By reason."""
    unanswered_s: float = 0.0
    """The longest that any act waited for its answer, over all its copies."""
