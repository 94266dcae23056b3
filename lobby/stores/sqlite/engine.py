"""The engine: one thread that writes, one that reads, and the latest entries at hand."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from lobby.domain.events import Entry
from lobby.domain.model import Party, Session
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports import IdempotencyRecord, RefreshFamily, Retention, Unavailable
from lobby.stores.engine import Restored, Swept
from lobby.stores.latest_entries import LatestEntries
from lobby.stores.posting import Posting
from lobby.stores.sqlite import reads
from lobby.stores.sqlite.connection import SqliteLimits, connect, create
from lobby.stores.sqlite.group import write_group
from lobby.stores.sqlite.log import read_entries
from lobby.stores.sqlite.long_logs import LongLogs
from lobby.stores.sqlite.ownership import Ownership
from lobby.stores.sqlite.restore import restore
from lobby.stores.sqlite.schema import migrate
from lobby.stores.sqlite.sweep import sweep, trim
from lobby.stores.sqlite.worker import Worker

log = logging.getLogger(__name__)


class SqliteEngine:
    """See `lobby.stores.engine.Engine`."""

    def __init__(self, path: Path, retention: Retention, limits: SqliteLimits) -> None:
        """Makes the file where there is none. Raises `InUse` when another process has it."""
        create(path)
        self._ownership = Ownership(path)
        self._is_open = False
        self._retention = retention
        self._latest = LatestEntries(limits.latest_entries_max)
        self._long = LongLogs(retention.entries_min)
        self._writer = Worker("lobby-store-writer", partial(connect, path, limits))
        self._reader = Worker("lobby-store-reader", partial(connect, path, limits, reads_only=True))

    async def restore(self) -> Restored:
        """Raises `NewerSchema`, `OldSqlite`."""
        await self._writer.do(migrate)
        restored = await self._writer.do(restore)
        self._is_open = True
        for _, party in restored.parties:
            self._long.grown(party.id, party.version)
        return restored

    async def write(self, group: Sequence[Posting]) -> None:
        await self._writer.do(partial(write_group, group=group))
        for posting in group:
            for party in posting.parties:
                after = party.after
                self._latest.add(after.id, party.change.entries)
                if after.is_closed:
                    self._long.forget(after.id)  # its log goes as a whole
                else:
                    self._long.grown(after.id, after.version)

    async def closed_party(self, party_id: PartyId) -> Party | None:
        return await self._reader.do(partial(reads.closed_party, party_id=party_id))

    async def entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry]:
        at_hand = self._latest.after(party_id, after_seq, limit)
        if at_hand is not None:
            return at_hand
        return await self._reader.do(partial(read_entries, party_id=party_id, after_seq=after_seq, limit=limit))

    async def oldest_seq(self, party_id: PartyId) -> int:
        if self._latest.has_first(party_id):
            return 1
        return await self._reader.do(partial(reads.oldest_seq, party_id=party_id))

    async def ended_session(self, session_id: SessionId) -> Session | None:
        return await self._reader.do(partial(reads.ended_session, session_id=session_id))

    async def ended_sessions(self, serials: Sequence[int]) -> Mapping[int, Session]:
        return await self._reader.do(partial(reads.ended_sessions, serials=serials))

    async def record(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        return await self._reader.do(partial(reads.record, player_id=player_id, key=key))

    async def family(self, family_id: str) -> RefreshFamily | None:
        return await self._reader.do(partial(reads.family, family_id=family_id))

    async def sweep(self, at: Instant) -> Swept:
        for party_id in self._long.next():
            oldest = await self._writer.do(partial(trim, party_id=party_id, at=at, retention=self._retention))
            self._long.trimmed(party_id, oldest)
            self._latest.cut(party_id, oldest)
        swept = await self._writer.do(partial(sweep, at=at, retention=self._retention))
        for party_id in swept.parties:
            self._latest.forget(party_id)
        return swept

    async def close(self) -> None:
        await self._reader.close()
        if self._is_open:
            await self._checkpoint()
        await self._writer.close()
        self._ownership.release()

    async def _checkpoint(self) -> None:
        """All into the one file, so that a copy of it is a backup."""
        try:
            await self._writer.do(_merge_log)
        except Unavailable:
            log.warning("the last checkpoint failed; the next start does it", exc_info=True)


def _merge_log(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
