"""The latest entries of all logs, so that whoever follows a party live never waits for the disk."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from lobby.domain.events import Entry
from lobby.domain.values import PartyId


class LatestEntries:
    """One bound for all parties together: what came in first goes first, so busy parties have the most."""

    def __init__(self, entries_max: int) -> None:
        self._entries_max = entries_max
        self._logs: dict[PartyId, deque[Entry]] = {}
        self._order: deque[tuple[PartyId, int]] = deque()

    def add(self, party_id: PartyId, entries: Iterable[Entry]) -> None:
        """Where entries are missing before these, as when another node has made them, those from before are forgotten."""
        log = self._logs.setdefault(party_id, deque())
        for entry in entries:
            if log and log[-1].seq + 1 != entry.seq:
                log.clear()
            log.append(entry)
            self._order.append((party_id, entry.seq))
        while len(self._order) > self._entries_max:
            party_id, seq = self._order.popleft()
            self.cut(party_id, seq + 1)

    def after(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry] | None:
        """Up to `limit` entries from `after_seq + 1` on; None: they are not all here."""
        log = self._logs.get(party_id)
        if log is None or after_seq + 1 < log[0].seq:
            return None
        skipped = after_seq + 1 - log[0].seq
        return tuple(log[place] for place in range(skipped, min(skipped + limit, len(log))))

    def has_first(self, party_id: PartyId) -> bool:
        """Whether the whole log is here."""
        log = self._logs.get(party_id)
        return log is not None and log[0].seq == 1

    def cut(self, party_id: PartyId, seq: int) -> None:
        """Forgets the entries before `seq`."""
        log = self._logs.get(party_id)
        while log and log[0].seq < seq:
            log.popleft()
        if not log:
            self._logs.pop(party_id, None)

    def forget(self, party_id: PartyId) -> None:
        self._logs.pop(party_id, None)
