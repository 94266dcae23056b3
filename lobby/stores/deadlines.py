"""When which party next needs looking at, each handed to one taker."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from lobby.domain.bounds import Bounds
from lobby.domain.deadlines import next_deadline
from lobby.domain.model import Party
from lobby.domain.values import Instant, PartyId
from lobby.ports import TAKEN_MS

STALE_MIN = 1024
"""The heap is built anew when this many, and half of all, of its items are out of date."""


class Deadlines:
    """A heap with at most one armed item a party; items that were armed anew since are passed over."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._armed: dict[PartyId, Instant] = {}
        self._heap: list[tuple[Instant, PartyId]] = []

    def arm(self, party: Party) -> None:
        """By the party's own state, past or not: a commit may well leave more that is due."""
        self._set(party.id, next_deadline(party, self._bounds))

    def take(self, party: Party, at: Instant) -> None:
        """Somebody looks at it now; it comes again in time should that one die."""
        following = next_deadline(party, self._bounds, at)
        again_at = at + TAKEN_MS
        self._set(party.id, again_at if following is None else min(following, again_at))

    def disarm(self, party_id: PartyId) -> None:
        self._set(party_id, None)

    def due(self, at: Instant, limit: int) -> list[PartyId]:
        """Up to `limit` parties whose time has come. They are off the heap: `take` or `disarm` each."""
        due: list[PartyId] = []
        while len(due) < limit:
            first = self.next_due()
            if first is None or first > at:
                break
            due.append(heappop(self._heap)[1])
            del self._armed[due[-1]]
        return due

    def next_due(self) -> Instant | None:
        while self._heap and self._armed.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def _set(self, party_id: PartyId, at: Instant | None) -> None:
        if self._armed.get(party_id) == at:
            return
        if at is None:
            del self._armed[party_id]
        else:
            self._armed[party_id] = at
            heappush(self._heap, (at, party_id))
        self._compact()

    def _compact(self) -> None:
        stale = len(self._heap) - len(self._armed)
        if stale > STALE_MIN and stale > len(self._armed):
            self._heap = [(at, party_id) for party_id, at in self._armed.items()]
            heapify(self._heap)
