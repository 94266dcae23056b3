"""The engine without a disk, for tests and for trying the server out. All is lost when the process ends."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import msgspec

from lobby.domain.events import Entry
from lobby.domain.identities import Identity
from lobby.domain.inbox import Inbox, InboxEntry, InboxPost
from lobby.domain.model import Party, Session
from lobby.domain.saved_runs import SavedRun, without_player
from lobby.domain.sizes import entry_bytes
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports import EventOutbox, IdempotencyRecord, LogTrimmed, Moderation, RefreshFamily, Retention, RunPosition
from lobby.ports.inboxes import entries_after
from lobby.ports.player_data import PlayerRows
from lobby.ports.saved_runs import list_runs
from lobby.runtime.ids import new_epoch
from lobby.stores.codec import event_kind, read_inbox_event, to_json
from lobby.stores.erasure import erase_entry, erase_json, erase_value, find_names, json_text
from lobby.stores.local.engine import EndedSession, RestoredState, SweepResult
from lobby.stores.local.event_outbox import MemoryEventOutbox
from lobby.stores.local.moderation import MemoryModeration
from lobby.stores.session_list import SessionFacets
from lobby.stores.write_set import PartyWrite, WriteSet

Key = TypeVar("Key")
Kept = TypeVar("Kept")

SWEPT_MAX = 1_000
"""Items of each kind that one call of `sweep` deletes."""


class MemoryEngine:
    """See `Engine`. Each kind of thing is in a dict, in the order in which it was created or ended."""

    def __init__(self, retention: Retention, sends_events: bool = False) -> None:
        """`sends_events`: commits write into the event outbox."""
        self._retention = retention
        self.moderation: Moderation = MemoryModeration(retention)
        self._logs: dict[PartyId, list[Entry]] = {}
        self._outbox = MemoryEventOutbox(self._logs)
        self.event_outbox: EventOutbox = self._outbox
        self._sends_events = sends_events
        self._log_bytes: dict[PartyId, deque[int]] = {}
        """The estimated size of each entry of each log."""
        self._closed: dict[PartyId, Party] = {}
        self._ended: dict[int, Session] = {}
        self._ended_serials: dict[SessionId, int] = {}
        self._records: dict[tuple[PlayerId, str], IdempotencyRecord] = {}
        self._families: dict[str, RefreshFamily] = {}
        self._runs: dict[SessionId, SavedRun] = {}
        """The run that was written last comes last."""
        self._checkpoints: dict[SessionId, str] = {}
        self._inboxes: dict[PlayerId, deque[InboxEntry]] = {}
        self._sources: dict[PlayerId, deque[str]] = {}
        """The sources of the entries in each inbox."""
        self._identities: dict[tuple[str, str], Identity] = {}
        """By provider and subject."""

    async def restore(self) -> RestoredState:
        return RestoredState()

    async def write(self, group: Sequence[WriteSet]) -> None:
        await asyncio.sleep(0)  # let other tasks run, as they would while a disk writes
        for write_set in group:
            for party in write_set.parties:
                self._write_party(party)
            if write_set.record is not None:
                self._records[write_set.record.player_id, write_set.record.key] = write_set.record
            if write_set.family is not None:
                self._families.pop(write_set.family.id, None)  # the family that changed last comes last
                self._families[write_set.family.id] = write_set.family
            if write_set.identity is not None:
                identity = write_set.identity
                self._identities[identity.provider, identity.subject] = identity
            for write in write_set.runs:
                self._runs.pop(write.run.session_id, None)
                self._runs[write.run.session_id] = write.run
                if write.data is not None:
                    self._checkpoints[write.run.session_id] = write.data
            for post in write_set.posts:
                self._write_post(post)

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

    def latest_entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry] | None:
        log = self._logs.get(party_id)
        skipped = after_seq + 1 - log[0].seq if log else -1
        return tuple(log[skipped : skipped + limit]) if log and skipped >= 0 else None

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

    async def refresh_family(self, family_id: str) -> RefreshFamily | None:
        return self._families.get(family_id)

    @property
    def saved_run_count(self) -> int:
        return len(self._runs)

    def file_bytes(self) -> int | None:
        return None

    async def saved_run(self, session_id: SessionId) -> SavedRun | None:
        return self._runs.get(session_id)

    async def checkpoint_data(self, session_id: SessionId) -> str | None:
        return self._checkpoints.get(session_id)

    async def saved_runs_of(self, player_id: PlayerId, limit: int, after: RunPosition | None) -> Sequence[SavedRun]:
        return list_runs(tuple(self._runs.values()), player_id, limit, after)

    async def remove_from_run(self, session_id: SessionId, player_id: PlayerId) -> None:
        run = self._runs.get(session_id)
        if run is None:
            return
        kept = without_player(run, player_id)
        if kept is None:
            del self._runs[session_id], self._checkpoints[session_id]
        else:
            self._runs[session_id] = kept

    async def inbox(self, player_id: PlayerId) -> Inbox:
        entries = self._inboxes.get(player_id)
        return entries[-1].inbox if entries else Inbox(player_id)

    async def inbox_entries(self, after: Inbox, limit: int) -> Sequence[InboxEntry]:
        entries = self._inboxes.get(after.player_id, ())
        return entries_after(after, [entry for entry in entries if entry.seq >= after.version])[:limit]

    async def drop_inbox(self, player_id: PlayerId) -> None:
        self._inboxes.pop(player_id, None)
        self._sources.pop(player_id, None)

    async def identity(self, provider: str, subject: str) -> Identity | None:
        return self._identities.get((provider, subject))

    async def identities_of(self, player_id: PlayerId) -> Sequence[Identity]:
        return [identity for identity in self._identities.values() if identity.player_id == player_id]

    async def unlink_identities(self, player_id: PlayerId) -> int:
        linked = await self.identities_of(player_id)
        for identity in linked:
            del self._identities[identity.provider, identity.subject]
        return len(linked)

    async def player_data(self, player_id: PlayerId) -> PlayerRows:
        needle, found = json_text(player_id), dict[str, list[Any]]()
        for kind, values in self._everything().items():
            rows = [text for text in map(to_json, values) if needle in text]
            if rows:
                found[kind] = [msgspec.json.decode(text) for text in rows]
        return found

    async def erase_player(self, player_id: PlayerId, stand_in: PlayerId) -> tuple[str, ...]:
        needle, names = json_text(player_id), set[str]()
        for values in self._everything().values():
            for text in map(to_json, values):
                if needle in text:
                    names |= find_names(text, player_id)
        found = tuple(names)
        for party_id, log in self._logs.items():
            self._logs[party_id] = [erase_entry(entry, player_id, stand_in, found) for entry in log]
        for party_id, party in self._closed.items():
            self._closed[party_id] = erase_value(party, Party, player_id, stand_in, found)
        for serial, session in self._ended.items():
            self._ended[serial] = erase_value(session, Session, player_id, stand_in, found)
        for session_id, run in self._runs.items():
            self._runs[session_id] = erase_value(run, SavedRun, player_id, stand_in, found)
        await self.drop_inbox(player_id)
        for owner_id, inbox in self._inboxes.items():
            self._inboxes[owner_id] = deque(
                (_erase_inbox_entry(each, player_id, stand_in, found) for each in inbox), inbox.maxlen
            )
        for key in [key for key in self._records if key[0] == player_id]:
            del self._records[key]
        for family_id in [key for key, family in self._families.items() if family.player_id == player_id]:
            del self._families[family_id]
        return found

    def _everything(self) -> dict[str, list[Any]]:
        entries = [(e.seq, e.at, e.actor_id, e.event, e.party.id) for log in self._logs.values() for e in log]
        return {
            "entries": entries,
            "closed_parties": list(self._closed.values()),
            "sessions": list(self._ended.values()),
            "records": list(self._records.values()),
            "families": list(self._families.values()),
            "runs": list(self._runs.values()),
            "inbox_entries": [each for inbox in self._inboxes.values() for each in inbox],
        }

    async def sweep(self, at: Instant) -> SweepResult:
        kept_from = at - self._retention.log_ms
        for party_id, party in _first(self._closed):
            if party.changed_at <= kept_from:
                del self._closed[party_id], self._logs[party_id], self._log_bytes[party_id]
                self._outbox.forget(party_id)
        for key, record in _first(self._records):
            if record.at <= at - self._retention.idempotency_ms:
                del self._records[key]
        for family_id, family in _first(self._families):
            if family.expires_at <= at:
                del self._families[family_id]
        for session_id, run in _first(self._runs):
            if run.ended_at is not None and run.ended_at <= at - self._retention.checkpoint_ms:
                del self._runs[session_id], self._checkpoints[session_id]
        self._trim(kept_from)
        self._sweep_inboxes(at - self._retention.inbox_ms)
        return SweepResult(sessions=self._sweep_sessions(kept_from))

    async def close(self) -> None:
        """Nothing to release."""

    def _write_party(self, write: PartyWrite) -> None:
        after = write.after
        log, sizes = self._logs.setdefault(after.id, []), self._log_bytes.setdefault(after.id, deque())
        for entry in write.change.entries:
            sizes.append(entry_bytes(entry.party, log[-1].party if log else None))
            log.append(entry)
        if self._sends_events:
            self._outbox.note(write.change)
        if after.is_closed:
            self._closed[after.id] = after
        for session in write.sessions:
            if session.session is not None and session.has_ended:
                self._ended[session.serial] = session.session
                self._ended_serials[session.id] = session.serial

    def _write_post(self, post: InboxPost) -> None:
        entries = self._inboxes.setdefault(post.player_id, deque(maxlen=self._retention.inbox_entries_max))
        sources = self._sources.setdefault(post.player_id, deque(maxlen=self._retention.inbox_entries_max))
        if post.source and post.source in sources:
            return
        before = entries[-1].inbox if entries else Inbox(post.player_id, new_epoch())
        inbox = Inbox(post.player_id, before.epoch, before.version + 1, post.at)
        entries.append(InboxEntry(post.event, inbox))
        sources.append(post.source)

    def _sweep_inboxes(self, kept_from: Instant) -> None:
        for player_id, entries in tuple(self._inboxes.items()):
            while entries and entries[0].at <= kept_from:
                entries.popleft()
                self._sources[player_id].popleft()
            if not entries:
                del self._inboxes[player_id], self._sources[player_id]

    def _trim(self, kept_from: Instant) -> None:
        for party_id, log in self._logs.items():
            surplus = log[: max(0, len(log) - self._retention.entries_min)]
            count, sizes = sum(entry.at <= kept_from for entry in surplus), self._log_bytes[party_id]
            excess = sum(sizes) - sum(islice(sizes, count)) - self._retention.log_bytes_max
            while excess > 0 and count < len(log) - 1:
                excess -= sizes[count]
                count += 1
            del log[:count]
            for _ in range(count):
                sizes.popleft()

    def _sweep_sessions(self, kept_from: Instant) -> list[EndedSession]:
        swept: list[EndedSession] = []
        for serial, session in _first(self._ended):
            if session.ended_at is not None and session.ended_at <= kept_from:
                del self._ended[serial], self._ended_serials[session.id]
                swept.append(EndedSession(serial, SessionFacets.of(session), is_public=False))
        return swept


def _erase_inbox_entry(
    entry: InboxEntry, player_id: PlayerId, stand_in: PlayerId, names: tuple[str, ...]
) -> InboxEntry:
    event = read_inbox_event(event_kind(entry.event), erase_json(to_json(entry.event), player_id, stand_in, names))
    return InboxEntry(event, entry.inbox)


def _first(things: dict[Key, Kept]) -> list[tuple[Key, Kept]]:
    """The oldest items, as many as one call of `sweep` may check."""
    return list(islice(things.items(), SWEPT_MAX))
