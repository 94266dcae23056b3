"""The event outbox in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lobby.domain.events import Entry
from lobby.domain.values import Instant, PartyId
from lobby.ports import Change, OutboxCounts, SentEntries, WaitingLog


@dataclass(slots=True)
class _Position:
    sent_seq: int
    since: Instant
    """When the next entry was written."""
    due_at: Instant
    replayed_at: Instant = 0


class MemoryEventOutbox:
    """See `lobby.ports.EventOutbox`. `logs` are the logs of the engine."""

    def __init__(self, logs: Mapping[PartyId, list[Entry]]) -> None:
        self._logs = logs
        self._positions: dict[PartyId, _Position] = {}

    def note(self, change: Change) -> None:
        """The entries of a commit wait from now on."""
        first = change.entries[0]
        self._positions.setdefault(change.after.id, _Position(first.seq - 1, first.at, first.at))

    def forget(self, party_id: PartyId) -> None:
        self._positions.pop(party_id, None)

    async def due(self, at: Instant, limit: int) -> Sequence[WaitingLog]:
        due = sorted((each.due_at, id) for id, each in self._positions.items() if each.due_at <= at)
        return [self._waiting(id) for _, id in due[:limit]]

    async def record(self, sent: Sequence[SentEntries]) -> None:
        for each in sent:
            party_id = each.before.party_id
            if party_id not in self._positions or self._waiting(party_id) != each.before:
                continue
            following = next((entry for entry in self._logs.get(party_id, []) if entry.seq > each.seq), None)
            if following is None:
                del self._positions[party_id]
            else:
                due_at = each.retry_at if each.retry_at is not None else following.at
                self._positions[party_id] = _Position(each.seq, following.at, due_at, each.before.replayed_at)

    async def replay(self, since: Instant, at: Instant, party_id: PartyId | None = None) -> int:
        count = 0
        for id, log in self._logs.items():
            first = next((entry for entry in log if entry.at >= since), None)
            if first is None or party_id not in (None, id):
                continue
            count += 1
            position = self._positions.get(id)
            if position is None or position.sent_seq >= first.seq:
                self._positions[id] = _Position(first.seq - 1, first.at, at, at)
            else:
                position.replayed_at = at
        return count

    async def counts(self) -> OutboxCounts:
        return OutboxCounts(len(self._positions), min((each.since for each in self._positions.values()), default=None))

    def _waiting(self, party_id: PartyId) -> WaitingLog:
        position = self._positions[party_id]
        return WaitingLog(party_id, position.sent_seq, position.replayed_at)
