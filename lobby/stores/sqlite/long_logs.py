"""Which logs have more entries than must be kept, so that a sweep looks at those only."""

from __future__ import annotations

from lobby.stores.sqlite.place import SNAPSHOT_EVERY

LOGS_TRIMMED_MAX = 10
"""In one call of `sweep`."""


class LongLogs:
    """By serial, those looked at longest ago first."""

    def __init__(self, entries_min: int) -> None:
        self._longer_than = entries_min + SNAPSHOT_EVERY
        self._oldest: dict[int, int] = {}
        self._newest: dict[int, int] = {}

    def grown(self, serial: int, newest_seq: int) -> None:
        if newest_seq - self._oldest.get(serial, 1) >= self._longer_than:
            self._newest[serial] = newest_seq

    def next(self) -> list[int]:
        """A few that are worth trimming."""
        return list(self._newest)[:LOGS_TRIMMED_MAX]

    def trimmed(self, serial: int, oldest_seq: int) -> None:
        """Looked at. The log begins with `oldest_seq` now; should it be long still, it comes again after the others."""
        self._oldest[serial] = oldest_seq
        self.grown(serial, self._newest.pop(serial))

    def forget(self, serial: int) -> None:
        self._oldest.pop(serial, None)
        self._newest.pop(serial, None)
