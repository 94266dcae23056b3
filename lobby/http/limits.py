"""What one HTTP request may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HTTPLimits:
    """`body_bytes_max` holds the longest document (20,000 characters) with the largest party's attributes (22 KB)
    beside it.
    """

    body_bytes_max: int = 65_536
    body_wait_s: float = 10.0
    query_bytes_max: int = 16_384
    query_parameters_max: int = 16
