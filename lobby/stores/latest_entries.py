"""A cache of the latest log entries of all parties, so that live followers do not wait for the disk or a server."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from lobby.domain.events import Entry
from lobby.domain.sizes import entry_bytes
from lobby.domain.values import PartyId

BYTES_MAX = 67_108_864


class LatestEntries:
    """At most `entries_max` entries of all parties together, and about `bytes_max` bytes of memory.

    The oldest go first, so busy parties have most of them.
    """

    def __init__(self, entries_max: int, bytes_max: int = BYTES_MAX) -> None:
        self._entries_max = entries_max
        self._bytes_max = bytes_max
        self._bytes = 0
        self._logs: dict[PartyId, deque[Entry]] = {}
        self._order: deque[tuple[PartyId, int, int]] = deque()

    def add(self, party_id: PartyId, entries: Iterable[Entry]) -> int:
        """Add new entries. If some are missing before them (another node made those), the older ones are dropped.

        Returns the estimated size of the new entries.
        """
        added = 0
        log = self._logs.setdefault(party_id, deque())
        for entry in entries:
            if log and log[-1].seq + 1 != entry.seq:
                log.clear()
            size = entry_bytes(entry.party, log[-1].party if log else None)
            log.append(entry)
            added += size
            self._order.append((party_id, entry.seq, size))
        self._bytes += added
        while len(self._order) > self._entries_max or self._bytes > self._bytes_max:
            party_id, seq, size = self._order.popleft()
            self._bytes -= size
            self.cut(party_id, seq + 1)
        return added

    def after(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry] | None:
        """Up to `limit` entries from `after_seq + 1` on. None: the cache does not have all of them."""
        log = self._logs.get(party_id)
        if log is None or after_seq + 1 < log[0].seq:
            return None
        skipped = after_seq + 1 - log[0].seq
        return tuple(log[index] for index in range(skipped, min(skipped + limit, len(log))))

    def entry(self, party_id: PartyId, seq: int) -> Entry | None:
        """One entry, if the cache has it."""
        log = self._logs.get(party_id)
        if log is None or not log[0].seq <= seq <= log[-1].seq:
            return None
        return log[seq - log[0].seq]

    def has_first(self, party_id: PartyId) -> bool:
        """True if the cache has the log from its first entry on."""
        log = self._logs.get(party_id)
        return log is not None and log[0].seq == 1

    def cut(self, party_id: PartyId, seq: int) -> None:
        """Drop the entries before `seq`."""
        log = self._logs.get(party_id)
        while log and log[0].seq < seq:
            log.popleft()
        if not log:
            self._logs.pop(party_id, None)

    def clear(self) -> None:
        self._logs.clear()
        self._order.clear()
        self._bytes = 0

    def forget(self, party_id: PartyId) -> None:
        self._logs.pop(party_id, None)
