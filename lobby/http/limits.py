"""What one HTTP request may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HTTPLimits:
    """`body_bytes_max` holds the longest document (20,000 characters) with the largest party's attributes
    beside it.

    A body beyond it is refused, but read and thrown away up to `discarded_bytes_max`: closing a connection
    with unread data resets it, and the client would see the reset in place of the 413.
    """

    body_bytes_max: int = 131_072
    discarded_bytes_max: int = 1_048_576
    body_wait_s: float = 10.0
    query_bytes_max: int = 16_384
    query_parameters_max: int = 16
