"""Which logs have more entries than must be kept, so that a sweep looks at those only."""

from __future__ import annotations

from lobby.domain.values import PartyId
from lobby.stores.sqlite.place import SNAPSHOT_EVERY

LOGS_TRIMMED_MAX = 10
"""In one call of `sweep`."""


class LongLogs:
    """Those looked at longest ago come first."""

    def __init__(self, entries_min: int) -> None:
        self._longer_than = entries_min + SNAPSHOT_EVERY
        self._oldest: dict[PartyId, int] = {}
        self._newest: dict[PartyId, int] = {}

    def grown(self, party_id: PartyId, newest_seq: int) -> None:
        if newest_seq - self._oldest.get(party_id, 1) >= self._longer_than:
            self._newest[party_id] = newest_seq

    def next(self) -> list[PartyId]:
        """A few that are worth trimming."""
        return list(self._newest)[:LOGS_TRIMMED_MAX]

    def trimmed(self, party_id: PartyId, oldest_seq: int) -> None:
        """Looked at. The log begins with `oldest_seq` now; should it be long still, it comes again after the others."""
        newest_seq = self._newest.pop(party_id, None)
        if newest_seq is not None:  # else it was forgotten in the meantime
            self._oldest[party_id] = oldest_seq
            self.grown(party_id, newest_seq)

    def forget(self, party_id: PartyId) -> None:
        self._oldest.pop(party_id, None)
        self._newest.pop(party_id, None)
