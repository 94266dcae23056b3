"""The part of a store for matchmaking: an index of the parties that search, the lease of the matcher, and how long searches took.

The index follows from the parties, and is written with them. So it cannot disagree with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from lobby.domain.bounds import HOUR_MS
from lobby.domain.matching import Candidate
from lobby.domain.values import PartyId, SearchId
from lobby.struct import Struct

WAITS_KEPT = 100
"""The latest waits of each kind of search that are kept."""
WAITS_KEPT_MS = 7 * 24 * HOUR_MS
"""A wait is kept for this long at least, unless `WAITS_KEPT` later ones of its kind have come."""
CHANGES_MAX = 20_000
"""Ended searches that are kept for readers. A reader that has missed more reads the whole index again."""

SearchPosition = tuple[tuple[int, int], ...]
"""How far a reader of the index has come; of use to the store alone."""


class SearchChanges(Struct):
    """A page of changes of the index, in the order in which they became durable."""

    position: SearchPosition
    """Continue here."""
    changes: tuple[tuple[PartyId, Candidate | None], ...]
    """Each party with its search as it is now; None: it does not search."""
    has_more: bool
    is_reset: bool
    """True: the page is the first of the whole index. Forget what earlier pages had."""


class Searches(Protocol):
    """Every method may raise `Unavailable`."""

    async def changes(self, position: SearchPosition | None, limit: int) -> SearchChanges:
        """At most about `limit` changes after `position`; None: from the start. The cost does not grow with the parties that have
        not changed."""

    async def hold_lease(self, name: str, holder: str, lease_ms: int) -> bool:
        """Take or renew a lease for `lease_ms`. False while another holder has it. Two may believe for a moment that they have
        it, so it saves work and protects nothing."""

    async def add_waits(self, kind: str, waits_s: Mapping[SearchId, int]) -> None:
        """Keep how long searches of a kind (`search.kind_of`) took, each once."""

    async def waits(self, kind: str) -> Sequence[int]:
        """The latest waits of searches of this kind in seconds, at most `WAITS_KEPT`."""
