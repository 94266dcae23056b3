"""The engine without a disk: for tests, and for trying things out. What it keeps ends with the process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TypeVar

from lobby.domain.events import Entry
from lobby.domain.model import Party, Session
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports import IdempotencyRecord, LogTrimmed, RefreshFamily, Retention
from lobby.stores.engine import EndedSession, Restored, Swept
from lobby.stores.index import SessionFacets
from lobby.stores.posting import PartyPosting, Posting

Key = TypeVar("Key")
Value = TypeVar("Value")

SWEPT_MAX = 1_000
"""Of each kind, in one call."""


class MemoryEngine:
    """Each kind of thing in a dict, in the order of its making or ending."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        self._logs: dict[PartyId, list[Entry]] = {}
        self._closed: dict[PartyId, Party] = {}
        self._ended: dict[int, Session] = {}
        self._ended_serials: dict[SessionId, int] = {}
        self._records: dict[tuple[PlayerId, str], IdempotencyRecord] = {}
        self._families: dict[str, RefreshFamily] = {}

    async def restore(self) -> Restored:
        return Restored()

    async def write(self, group: Sequence[Posting]) -> None:
        await asyncio.sleep(0)  # others get a turn, as they would while a disk works: tests meet real interleavings
        for posting in group:
            for party in posting.parties:
                self._write_party(party)
            if posting.record is not None:
                self._records[posting.record.player_id, posting.record.key] = posting.record
            if posting.family is not None:
                self._families.pop(posting.family.id, None)  # the one changed last comes last
                self._families[posting.family.id] = posting.family

    async def closed_party(self, party_id: PartyId) -> Party | None:
        return self._closed.get(party_id)

    async def entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry]:
        log = self._logs.get(party_id)
        if not log:
            return ()
        skipped = after_seq + 1 - log[0].seq
        if skipped < 0:
            raise LogTrimmed(party_id)
        return tuple(islice(log, skipped, skipped + limit))

    async def oldest_seq(self, party_id: PartyId) -> int:
        log = self._logs.get(party_id)
        return log[0].seq if log else 1

    async def ended_session(self, session_id: SessionId) -> Session | None:
        serial = self._ended_serials.get(session_id)
        return self._ended[serial] if serial is not None else None

    async def ended_sessions(self, serials: Sequence[int]) -> Mapping[int, Session]:
        return {serial: self._ended[serial] for serial in serials if serial in self._ended}

    async def record(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        return self._records.get((player_id, key))

    async def family(self, family_id: str) -> RefreshFamily | None:
        return self._families.get(family_id)

    async def sweep(self, at: Instant) -> Swept:
        kept_from = at - self._retention.log_ms
        for party_id, party in _first(self._closed):
            if party.changed_at <= kept_from:
                del self._closed[party_id], self._logs[party_id]
        for key, record in _first(self._records):
            if record.at <= at - self._retention.idempotency_ms:
                del self._records[key]
        for family_id, family in _first(self._families):
            if family.expires_at <= at:
                del self._families[family_id]
        self._trim(kept_from)
        return Swept(sessions=self._sweep_sessions(kept_from))

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _write_party(self, posting: PartyPosting) -> None:
        after = posting.after
        self._logs.setdefault(after.id, []).extend(posting.change.entries)
        if after.is_closed:
            self._closed[after.id] = after
        for session in posting.sessions:
            if session.session is not None and session.has_ended:
                self._ended[session.serial] = session.session
                self._ended_serials[session.id] = session.serial

    def _trim(self, kept_from: Instant) -> None:
        for log in self._logs.values():
            surplus = log[: max(0, len(log) - self._retention.entries_min)]
            del log[: sum(entry.at <= kept_from for entry in surplus)]

    def _sweep_sessions(self, kept_from: Instant) -> list[EndedSession]:
        swept: list[EndedSession] = []
        for serial, session in _first(self._ended):
            if session.ended_at is not None and session.ended_at <= kept_from:
                del self._ended[serial], self._ended_serials[session.id]
                swept.append(EndedSession(serial, SessionFacets.of(session), is_public=False))
        return swept


def _first(things: dict[Key, Value]) -> list[tuple[Key, Value]]:
    """The oldest ones, and no more than one call may look at."""
    return list(islice(things.items(), SWEPT_MAX))
