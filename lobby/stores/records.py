"""The idempotency records: those on their way and the latest in the process, the rest on the disk."""

from __future__ import annotations

from collections import OrderedDict

from lobby.domain.values import Instant, PlayerId
from lobby.ports import IdempotencyRecord
from lobby.stores.digest import record_digest
from lobby.stores.engine import Engine
from lobby.stores.key_filter import KeyFilter

LATEST_MAX = 10_000
"""Durable records kept at hand: a client that missed an answer asks again within seconds."""

RecordKey = tuple[PlayerId, str]


class RecordWrite:
    """One record on its way to the disk."""

    __slots__ = ("_record", "_records")

    def __init__(self, records: Records, record: IdempotencyRecord) -> None:
        self._records = records
        self._record = record

    def settle(self) -> None:
        self._records.settle(self._record)


class Records:
    """Written once, never changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._latest: OrderedDict[RecordKey, IdempotencyRecord] = OrderedDict()
        """In the order of their making, those on their way too."""
        self._pending: set[RecordKey] = set()
        """The keys of those on their way."""
        self.filter = KeyFilter()

    async def newest(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        at_hand = self.at_hand(player_id, key)
        if at_hand is not None or not self.filter.may_have(record_digest(player_id, key)):
            return at_hand
        return await self._engine.record(player_id, key)

    def at_hand(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        return self._latest.get((player_id, key))

    def put(self, record: IdempotencyRecord) -> RecordWrite:
        key = record.player_id, record.key
        self._latest[key] = record
        self._pending.add(key)
        return RecordWrite(self, record)

    def settle(self, record: IdempotencyRecord) -> None:
        key = record.player_id, record.key
        self._pending.discard(key)
        self.filter.add(record_digest(*key), record.at)
        if len(self._latest) - len(self._pending) > LATEST_MAX:
            self._latest.popitem(last=False)

    def undo(self) -> None:
        for key in self._pending:
            self._latest.pop(key, None)
        self._pending.clear()

    def sweep(self, kept_from: Instant) -> None:
        """Forgets what was used at `kept_from` or before."""
        self.filter.forget(kept_from)
        while self._latest:
            key, record = next(iter(self._latest.items()))
            if record.at > kept_from:
                return
            self._latest.pop(key, None)
