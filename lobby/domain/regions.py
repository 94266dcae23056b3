"""Regions: the pings that members send, and the region of a party that follows from them.

The operator of the game names the regions; the server knows none by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lobby.domain.rejections import Rejection, invalid
from lobby.struct import Struct

REGION_CHARS_MAX = 32
PINGS_MAX = 8
PING_MAX_MS = 10_000
_is_region = re.compile(rf"[A-Za-z0-9_.-]{{1,{REGION_CHARS_MAX}}}", re.ASCII).fullmatch


class RegionPing(Struct):
    """The ping of one player to a region."""

    region: str
    """1 to 32 of [A-Za-z0-9_.-]."""
    ms: int
    """0 to 10,000."""


Pings = tuple[RegionPing, ...]
"""At most 8, of distinct regions."""


def check_pings(field: str, pings: Pings) -> Rejection | None:
    """None if a member may send `pings`. `field` is the input to name in the rejection."""
    if len(pings) > PINGS_MAX:
        return invalid(field, f"Must be at most {PINGS_MAX}.")
    if len({ping.region for ping in pings}) < len(pings):
        return invalid(field, "Must name each region once.")
    for ping in pings:
        if not _is_region(ping.region):
            return invalid(f"{field}.region", f"Must be 1 to {REGION_CHARS_MAX} of A-Z a-z 0-9 _ . and -.")
        if not 0 <= ping.ms <= PING_MAX_MS:
            return invalid(f"{field}.ms", f"Must be 0 to {PING_MAX_MS}.")
    return None


def best_region(of_members: Iterable[Pings]) -> str | None:
    """The region with the smallest largest ping among the members who sent pings; of equal regions the first by name.

    A region with pings of more members comes before one with pings of fewer: the ping of the others to the latter is not
    known and may be large. None if nobody has sent a ping.
    """
    found: dict[str, tuple[int, int]] = {}
    for pings in of_members:
        for ping in pings:
            tellers, worst_ms = found.get(ping.region, (0, 0))
            found[ping.region] = (tellers + 1, max(worst_ms, ping.ms))
    return min(found, key=lambda region: (-found[region][0], found[region][1], region), default=None)
