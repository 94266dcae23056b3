"""The log of a party in the servers: how its entries are stored, and how it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from lobby.domain.events import Entry
from lobby.domain.evolve import evolve
from lobby.domain.model import Party
from lobby.domain.values import PartyId
from lobby.ports import Change, LogTrimmed
from lobby.stores.codec import Unreadable, event_kind, read_event, read_party
from lobby.stores.latest_entries import LatestEntries
from lobby.stores.valkey.client import ValkeyClient

SNAPSHOT_EVERY = 32
"""Entries 1, 33, 65, … have a snapshot of the party. lua/party.lua has the same number: logs are cut before a snapshot."""
LATEST_ENTRIES_MAX = 20_000
"""Entries of this node's own commits in memory, so that replies repeat without asking the servers."""

_StoredEntry = tuple[int, str | None, str, msgspec.Raw]
"""At, actor, kind, event."""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_StoredEntry).decode
_Rows = Sequence[tuple[bytes, dict[bytes, bytes]]]


class PartyLog:
    """Reads the logs of parties. The latest entries of this node's own commits are cached."""

    def __init__(self, client: ValkeyClient, entries_min: int) -> None:
        """`entries_min`: as `Retention.entries_min`."""
        self._client = client
        self._entries_min = entries_min
        self._latest = LatestEntries(LATEST_ENTRIES_MAX)

    def add(self, change: Change) -> None:
        """Cache the entries of a commit of this node."""
        party_id, before = change.after.id, change.before
        if before is not None and not self._has_entry_of(before):
            self._latest.forget(party_id)  # the entries before are missing, or the servers have lost them
        self._latest.add(party_id, change.entries)

    def clear(self) -> None:
        """Forget the cached entries."""
        self._latest.clear()

    async def entries(
        self, party_id: PartyId, cached: Party | None, after_seq: int, limit: int, base: Party | None = None
    ) -> Sequence[Entry]:
        """As `Store.entries`. `cached`: the party as this node has seen it last. Raises `LogTrimmed`, `Unavailable`."""
        entries = self._cached_entries(party_id, cached, after_seq, limit) if base is None else None
        if entries is not None and len(entries) == limit:
            return entries  # if there are fewer, only the servers know whether more have followed
        known = base if base is not None else cached
        if known is not None and known.version == after_seq:
            rows = await self._range(party_id, f"{after_seq}-0", limit + 1)
            if rows and _is_entry_of(rows[0], known):
                return tuple(_replay(rows[1:], known))
            if base is not None:
                raise LogTrimmed(party_id)
        start = _snapshot_before(after_seq + 1)
        rows = await self._range(party_id, f"{start}-0", after_seq + 1 - start + limit)
        if rows and _seq_of(rows[0][0]) > after_seq + 1:
            raise LogTrimmed(party_id)
        return tuple(entry for entry in _replay(rows, None) if entry.seq > after_seq)

    async def oldest_seq(self, party_id: PartyId) -> int:
        rows = await self._range(party_id, "-", 1)
        return _seq_of(rows[0][0]) if rows else 1

    async def _range(self, party_id: PartyId, start: str, count: int) -> _Rows:
        partition = self._client.partitions.of(party_id)
        rows: _Rows = await self._client.call(partition, "XRANGE", f"log:{party_id}", start, "+", "COUNT", count)
        return rows

    def _cached_entries(
        self, party_id: PartyId, cached: Party | None, after_seq: int, limit: int
    ) -> Sequence[Entry] | None:
        """Cached entries that are still in the store: no sweep of any node can have deleted them, except those of a log with too
        many bytes. They are the same as ever, so they may be read for a while longer."""
        if cached is None or cached.is_closed or after_seq < cached.version - self._entries_min:
            return None
        return self._latest.after(party_id, after_seq, limit) if self._has_entry_of(cached) else None

    def _has_entry_of(self, party: Party) -> bool:
        """True if the cache has the entry that led to `party`, and not another one with the same seq."""
        entry = self._latest.entry(party.id, party.version)
        return entry is not None and entry.at == party.changed_at


def encode_entry(entry: Entry) -> tuple[bytes, bytes]:
    """The entry as it is stored, and its snapshot (empty: it has none)."""
    event = msgspec.Raw(_encode(entry.event))
    text = _encode((entry.at, entry.actor_id, event_kind(entry.event), event))
    return text, _encode(entry.party) if entry.seq % SNAPSHOT_EVERY == 1 else b""


def _snapshot_before(seq: int) -> int:
    """The newest entry up to `seq` that has a snapshot."""
    return seq - (seq - 1) % SNAPSHOT_EVERY


def _is_entry_of(row: tuple[bytes, dict[bytes, bytes]], party: Party) -> bool:
    """True if the entry led to `party`. One that took the place of a lost entry came later, so it has another time."""
    return _seq_of(row[0]) == party.version and _decode(row[1][b"e"])[0] == party.changed_at


def _seq_of(id: bytes) -> int:
    """Ids of stream entries are <seq>-0."""
    return int(id.partition(b"-")[0])


def _replay(rows: _Rows, party: Party | None) -> Iterator[Entry]:
    """The entries of a part of a log. `party`: as it was before them, if the first one has no snapshot."""
    for id, fields in rows:
        seq = _seq_of(id)
        try:
            at, actor_id, kind, event_text = _decode(fields[b"e"])
        except msgspec.DecodeError as error:
            raise Unreadable(f"stored text is no log entry: {error}") from error
        event = read_event(kind, bytes(event_text).decode())
        party = read_party(fields[b"p"].decode()) if b"p" in fields else evolve(party, event, seq, at, actor_id)
        yield Entry(seq, at, actor_id, event, party)
