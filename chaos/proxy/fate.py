"""What goes wrong with one connection."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fate:
    """None, zero and False: that does not happen. Bytes and times count from the connection's beginning."""

    refused: bool = False
    """Closed as soon as it is open."""
    delay_s: float = 0.0
    """Whatever is passed on waits for up to this long, either way."""
    cut_after_s: float | None = None
    cut_after_bytes_up: int | None = None
    """Towards the server: in the midst of a request, or of a frame."""
    cut_after_bytes_down: int | None = None
    """Towards the player."""
    unanswered_after: int | None = None
    """The server gets this many pieces of data; what it says next never arrives, and the connection is cut."""
    silent_after_s: float | None = None
    """From then on nothing arrives any more, either way, though the connection stays open until it is cut."""
    lingers_s: float = 0.0
    """For how long after a cut the server's side stays open: a phone that is gone, and nobody has told the server."""


CLEAN = Fate()
