"""The SQLite engine: one thread that writes, one that reads logs, one that reads all else; the latest entries are in memory."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from lobby.domain.events import Entry
from lobby.domain.identities import Identity
from lobby.domain.inbox import Inbox, InboxEntry
from lobby.domain.model import Party, Session
from lobby.domain.saved_runs import SavedRun
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports import EventOutbox, IdempotencyRecord, Moderation, RefreshFamily, Retention, RunPosition, Unavailable
from lobby.ports.player_data import PlayerRows
from lobby.runtime.lru_cache import LRUCache
from lobby.stores.latest_entries import LatestEntries
from lobby.stores.local.engine import RestoredState, SweepResult
from lobby.stores.sqlite import identities, inboxes, reads, saved_runs
from lobby.stores.sqlite.backup import copy_before_update
from lobby.stores.sqlite.connection import ConnectionThread, SqliteLimits, connect, create
from lobby.stores.sqlite.erasure import erase_player, find_rows
from lobby.stores.sqlite.event_outbox import SqliteEventOutbox
from lobby.stores.sqlite.history import FileHistory
from lobby.stores.sqlite.moderation import SqliteModeration
from lobby.stores.sqlite.ownership import FileGuard, Ownership
from lobby.stores.sqlite.reads import read_entries, restore
from lobby.stores.sqlite.schema import migrate
from lobby.stores.sqlite.sweep import TrimCandidates, make_shrinkable, sweep, trim
from lobby.stores.sqlite.write_group import write_group
from lobby.stores.write_set import WriteSet

log = logging.getLogger(__name__)

INBOXES_CACHED_MAX = 100_000
"""Inboxes whose newest position is in memory, some 400 bytes each: their followers also poll, and must not wait for the disk."""


class SqliteEngine:
    """See `lobby.stores.local.engine.Engine`."""

    def __init__(self, path: Path, retention: Retention, limits: SqliteLimits, sends_events: bool = False) -> None:
        """Create the file if it does not exist. `sends_events`: commits write into the event outbox. Raises `InUse` if another
        process has opened it."""
        create(path)
        self._path = path
        self._ownership = Ownership(path)
        self._is_open = False
        self._retention = retention
        self._limits = limits
        self._latest = LatestEntries(limits.latest_entries_max, limits.latest_entries_mib * 2**20)
        self._trim_candidates = TrimCandidates(retention)
        self._history = FileHistory(path)
        self._writer = ConnectionThread("lobby-store-writer", partial(connect, path, limits), FileGuard(path))
        self._reader = ConnectionThread("lobby-store-reader", partial(connect, path, limits, reads_only=True))
        self._log_reader = ConnectionThread("lobby-store-logs", partial(connect, path, limits, reads_only=True))
        """A thread for logs, because reading them takes long: a sign-in must not wait for the history of another player."""
        self.moderation: Moderation = SqliteModeration(self._writer, self._reader, retention)
        self.event_outbox: EventOutbox = SqliteEventOutbox(self._writer, self._reader, self._log_reader)
        self._sends_events = sends_events
        self.saved_run_count = 0
        self._inboxes: LRUCache[PlayerId, Inbox] = LRUCache(INBOXES_CACHED_MAX)

    async def restore(self) -> RestoredState:
        """Raises `NewerSchema`, `OldSqlite`."""
        if self._limits.copies_before_update:
            await self._writer.run(partial(copy_before_update, path=self._path))
        await self._writer.run(migrate)
        try:
            await self._writer.run(partial(make_shrinkable, path=self._path))
        except Unavailable as error:
            log.warning("could not rewrite %s, it stays as large as it is: %s", self._path, error)
        await self._writer.run(self._history.begin)
        restored = await self._writer.run(restore)
        self.saved_run_count = await self._writer.run(saved_runs.count_runs)
        self._is_open = True
        self._trim_candidates.restore(party for _, party in restored.parties)
        return restored

    async def write(self, group: Sequence[WriteSet]) -> None:
        for inbox in await self._writer.run(partial(self._write_group, group=group)):
            self._inboxes.put(inbox.player_id, inbox)
        self.saved_run_count += sum(run.is_new for write_set in group for run in write_set.runs)
        for write_set in group:
            for party in write_set.parties:
                after = party.after
                added = self._latest.add(after.id, party.change.entries)
                if after.is_closed:
                    self._trim_candidates.forget(after.id)  # its whole log is deleted later
                else:
                    self._trim_candidates.on_append(after.id, after.version, added)

    async def closed_party(self, party_id: PartyId) -> Party | None:
        return await self._reader.run(partial(reads.closed_party, party_id=party_id))

    async def entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry]:
        cached = self.latest_entries(party_id, after_seq, limit)
        if cached is not None:
            return cached
        return await self._log_reader.run(partial(read_entries, party_id=party_id, after_seq=after_seq, limit=limit))

    def latest_entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry] | None:
        return self._latest.after(party_id, after_seq, limit)

    async def oldest_seq(self, party_id: PartyId) -> int:
        if self._latest.has_first(party_id):
            return 1
        return await self._log_reader.run(partial(reads.oldest_seq, party_id=party_id))

    async def ended_session(self, session_id: SessionId) -> Session | None:
        return await self._reader.run(partial(reads.ended_session, session_id=session_id))

    async def ended_sessions(self, serials: Sequence[int]) -> Mapping[int, Session]:
        return await self._reader.run(partial(reads.ended_sessions, serials=serials))

    async def record(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        return await self._reader.run(partial(reads.record, player_id=player_id, key=key))

    async def refresh_family(self, family_id: str) -> RefreshFamily | None:
        return await self._reader.run(partial(reads.refresh_family, family_id=family_id))

    async def saved_run(self, session_id: SessionId) -> SavedRun | None:
        return await self._reader.run(partial(saved_runs.read_run, session_id=session_id))

    async def checkpoint_data(self, session_id: SessionId) -> str | None:
        return await self._reader.run(partial(saved_runs.read_checkpoint, session_id=session_id))

    async def saved_runs_of(self, player_id: PlayerId, limit: int, after: RunPosition | None) -> Sequence[SavedRun]:
        read = partial(saved_runs.runs_of_player, player_id=player_id, limit=limit, after=after)
        return await self._reader.run(read)

    async def remove_from_run(self, session_id: SessionId, player_id: PlayerId) -> None:
        work = partial(saved_runs.remove_from_run, session_id=session_id, player_id=player_id)
        if await self._writer.run(work):
            self.saved_run_count -= 1

    async def inbox(self, player_id: PlayerId) -> Inbox:
        cached = self._inboxes.get(player_id)
        if cached is not None:
            return cached
        found = await self._reader.run(partial(inboxes.read_inbox, player_id=player_id))
        newest = self._inboxes.get(player_id)  # a commit may have been faster than the reader
        if newest is None:
            self._inboxes.put(player_id, found)
        return newest or found

    async def inbox_entries(self, after: Inbox, limit: int) -> Sequence[InboxEntry]:
        if self._inboxes.get(after.player_id) == after:
            return ()
        return await self._log_reader.run(partial(inboxes.read_inbox_entries, after=after, limit=limit))

    async def drop_inbox(self, player_id: PlayerId) -> None:
        await self._writer.run(partial(inboxes.drop_inbox, player_id=player_id))
        self._inboxes.pop(player_id)

    async def identity(self, provider: str, subject: str) -> Identity | None:
        return await self._reader.run(partial(identities.read_one, provider=provider, subject=subject))

    async def identities_of(self, player_id: PlayerId) -> Sequence[Identity]:
        return await self._reader.run(partial(identities.identities_of, player_id=player_id))

    async def unlink_identities(self, player_id: PlayerId) -> int:
        return await self._writer.run(partial(identities.unlink, player_id=player_id))

    async def player_data(self, player_id: PlayerId) -> PlayerRows:
        return await self._log_reader.run(partial(find_rows, player_id=player_id))

    async def erase_player(self, player_id: PlayerId, stand_in: PlayerId) -> tuple[str, ...]:
        names = await self._writer.run(partial(erase_player, player_id=player_id, stand_in=stand_in))
        self._latest.clear()
        return names

    async def sweep(self, at: Instant) -> SweepResult:
        was_cut = False
        for party_id in self._trim_candidates.next_few():
            is_large = self._trim_candidates.is_large(party_id)
            trimming = partial(trim, party_id=party_id, at=at, retention=self._retention, is_large=is_large)
            oldest, log_bytes = await self._writer.run(trimming)
            was_cut |= self._trim_candidates.on_trim(party_id, oldest, log_bytes)
            self._latest.cut(party_id, oldest)
        swept = await self._writer.run(partial(sweep, at=at, retention=self._retention))
        self.saved_run_count -= swept.run_count
        for party_id in swept.parties:
            self._latest.forget(party_id)
        for player_id in swept.inboxes:
            self._inboxes.pop(player_id)
        await self._writer.run(lambda _: self._history.sync())
        return SweepResult(swept.parties, swept.sessions, swept.has_more or was_cut)

    def file_bytes(self) -> int | None:
        paths = (self._path, self._path.with_name(f"{self._path.name}-wal"))
        try:
            return sum(path.stat().st_size for path in paths if path.exists())
        except OSError:
            return None

    async def close(self) -> None:
        await self._reader.close()
        await self._log_reader.close()
        if self._is_open:
            await self._checkpoint()
        await self._writer.close()
        self._history.close()
        self._ownership.release()

    def _write_group(self, connection: sqlite3.Connection, group: Sequence[WriteSet]) -> list[Inbox]:
        written = write_group(connection, group, self._retention.inbox_entries_max, self._sends_events)
        self._history.count_commits()
        return written

    async def _checkpoint(self) -> None:
        """Copy the write-ahead log into the file, so that a copy of the file alone is a backup."""
        try:
            await self._writer.run(_merge_log)
        except Unavailable:
            log.warning("the last checkpoint failed, the next start repeats it", exc_info=True)


def _merge_log(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
