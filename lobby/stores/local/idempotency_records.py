"""Idempotency records: pending and recent ones in memory, the others on the disk."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from hashlib import blake2b

from pyroaring import BitMap

from lobby.domain.bounds import HOUR_MS
from lobby.domain.values import Instant, PlayerId
from lobby.ports import IdempotencyRecord
from lobby.stores.local.engine import Engine
from lobby.struct import Struct

LATEST_MAX = 10_000
"""Durable records in memory. A client that missed a reply asks again within seconds."""
DIGESTS_CACHED_MAX = 1_024
"""One commit needs the digest of its key three times: to look for a record, to add it to the filter and to write it."""

_SIGNED_BITS = (1 << 63) - 1
"""SQLite's integers are signed."""
_FILTER_BITS = (1 << 32) - 1
"""With two million keys a day, the store searches the disk in vain for one of 2,000 new keys."""

RecordKey = tuple[PlayerId, str]


class IdempotencyRecords:
    """A record is written once and never changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._latest: OrderedDict[RecordKey, IdempotencyRecord] = OrderedDict()
        """Oldest first, pending ones included. No LRU cache: a pending record must not be dropped."""
        self._pending: set[RecordKey] = set()
        self.filter = KeyFilter()

    async def latest(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        in_memory = self.in_memory(player_id, key)
        if in_memory is not None or not self.filter.may_have(record_digest(player_id, key)):
            return in_memory
        return await self._engine.record(player_id, key)

    def may_be_on_disk(self, record: IdempotencyRecord) -> bool:
        """False for the key of nearly every new record: then only memory can have another record of this key."""
        return self.filter.may_have(record_digest(record.player_id, record.key))

    def in_memory(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        return self._latest.get((player_id, key))

    def put(self, record: IdempotencyRecord) -> PendingRecord:
        key = record.player_id, record.key
        self._latest[key] = record
        self._pending.add(key)
        return PendingRecord(self, record)

    def mark_durable(self, record: IdempotencyRecord) -> None:
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
        """Forget the records of `kept_from` and before."""
        self.filter.forget(kept_from)
        while self._latest:
            key, record = next(iter(self._latest.items()))
            if record.at > kept_from:
                return
            self._latest.pop(key, None)


class PendingRecord(Struct):
    """A record that is on its way to the disk."""

    records: IdempotencyRecords
    record: IdempotencyRecord

    def mark_durable(self) -> None:
        self.records.mark_durable(self.record)


class KeyFilter:
    """Says which keys were certainly never used, so that a new key costs no read from the disk.

    It holds digests by the hour of their use: a few bytes for each key, and a whole hour can be forgotten at once.
    """

    def __init__(self) -> None:
        self._hours: dict[int, BitMap] = {}

    def add(self, digest: int, at: Instant) -> None:
        hour = at // HOUR_MS
        digests = self._hours.get(hour)
        if digests is None:
            digests = self._hours[hour] = BitMap()
        digests.add(digest & _FILTER_BITS)

    def may_have(self, digest: int) -> bool:
        bits = digest & _FILTER_BITS
        for digests in self._hours.values():  # noqa: SIM110 - the generator of `any` takes longer
            if bits in digests:
                return True
        return False

    def forget(self, before: Instant) -> None:
        """Drop the hours that had ended by `before`."""
        for hour in [hour for hour in self._hours if (hour + 1) * HOUR_MS <= before]:
            del self._hours[hour]


@lru_cache(DIGESTS_CACHED_MAX)
def record_digest(player_id: PlayerId, key: str) -> int:
    """A digest of 63 bits. Two keys may share one, so compare the keys too.

    Raises:
        UnicodeEncodeError: the text is no valid UTF-8 and can't be stored.
    """
    length = len(player_id).to_bytes(4, "big")  # shows where the player's id ends and the key begins
    digest = blake2b(length + player_id.encode() + key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") & _SIGNED_BITS
