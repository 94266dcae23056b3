"""The bounds of the bus between nodes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BusLimits:
    """Seconds, and counts of hints."""

    outbox_max: int = 10_000
    """Parties whose newest hint waits to be sent; of further ones the others only learn that some are missing."""
    batch_max: int = 500
    """Hints in one message: some 20 KB, far below what a server lets a subscriber be behind (32 MB)."""
    inbox_max: int = 10_000
    """Messages heard and not yet handled."""
    beat_s: float = 1.0
    """A node that has nothing to say says so this often."""
    silent_s: float = 4.0
    """Whoever was not heard for so long is gone, or can't be heard: oneself too."""
    answer_s: float = 2.0
    """For a connection, and for each answer on it."""
    backoff_min_s: float = 0.05
    backoff_max_s: float = 2.0
    nodes_max: int = 1_000
    """Nodes whose messages are counted."""
