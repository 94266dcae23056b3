"""The logs that streams follow: that of a party, and the inbox of a player. Tails and streams handle both alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from lobby.domain.events import Entry
from lobby.domain.inbox import Inbox, InboxEntry
from lobby.domain.model import Party
from lobby.domain.sizes import ENTRY_BYTES, entry_bytes
from lobby.domain.values import Instant, PartyId, PlayerId
from lobby.live.frames import Heartbeat, InboxHeartbeat, Snapshot, SnapshotReason
from lobby.ports import Clock, Store

_INBOX = "inbox:"


class LogState(Protocol):
    """The state of a log after an entry. Both times and versions rise from entry to entry."""

    @property
    def epoch(self) -> str: ...

    @property
    def version(self) -> int:
        """The seq of the entry; 0: the log is empty."""

    @property
    def changed_at(self) -> Instant:
        """The time of the entry."""


class LogEntry(Protocol):
    """An entry of a log."""

    @property
    def seq(self) -> int: ...

    @property
    def at(self) -> Instant: ...


StateT = TypeVar("StateT", bound=LogState)
EntryT = TypeVar("EntryT", bound=LogEntry)


class Log(Protocol[StateT, EntryT]):
    """One log. Every read may raise `Unavailable`."""

    id: str
    """Unlike that of all other logs."""

    async def state(self) -> StateT | None:
        """The newest state; None: there is no such log, or no longer."""

    async def entries(self, after: StateT, limit: int) -> Sequence[EntryT]:
        """Up to `limit` entries after the state `after`. Raises `LogTrimmed`, also if the log never led to that state."""

    def latest_entries(self, after: StateT, limit: int) -> Sequence[EntryT] | None:
        """The same entries, if they are in memory. None: `entries` has to read them."""

    def state_after(self, entry: EntryT) -> StateT: ...

    def bytes_of(self, entry: EntryT, before: StateT | None) -> int:
        """The estimated size of an entry in memory, besides what it shares with the state before it."""

    def heartbeat(self, state: StateT, reconnect_after_ms: int | None = None) -> Any:
        """The frame of a follower that knows `state`, if nothing has happened for a while."""


class PartyLog:
    """A `Log`: that of a party."""

    __slots__ = ("_clock", "_snapshots", "_store", "id")

    def __init__(self, store: Store, clock: Clock, party_id: PartyId) -> None:
        self.id = party_id
        self._store = store
        self._clock = clock
        self._snapshots: dict[SnapshotReason, Snapshot] = {}

    async def state(self) -> Party | None:
        return await self._store.party(self.id)

    async def entries(self, after: Party, limit: int) -> Sequence[Entry]:
        return await self._store.entries(self.id, after.version, limit, after)

    def latest_entries(self, after: Party, limit: int) -> Sequence[Entry] | None:
        return self._store.latest_entries(self.id, after.version, limit)

    def state_after(self, entry: Entry) -> Party:
        return entry.party

    def bytes_of(self, entry: Entry, before: Party | None) -> int:
        return entry_bytes(entry.party, before)

    def heartbeat(self, state: Party, reconnect_after_ms: int | None = None) -> Heartbeat:
        return Heartbeat(state, self._clock.now(), reconnect_after_ms)

    def snapshot(self, party: Party, reason: SnapshotReason) -> Snapshot:
        """The party as a frame; the same object for all followers until the party changes."""
        kept = self._snapshots.get(reason)
        if kept is None or (kept.party.version, kept.party.changed_at) != (party.version, party.changed_at):
            kept = self._snapshots[reason] = Snapshot(party, self._clock.now(), reason)
        return kept


class InboxLog:
    """A `Log`: the inbox of a player."""

    __slots__ = ("_clock", "_player_id", "_store", "id")

    def __init__(self, store: Store, clock: Clock, player_id: PlayerId) -> None:
        self.id = inbox_log_id(player_id)
        self._player_id = player_id
        self._store = store
        self._clock = clock

    async def state(self) -> Inbox:
        return await self._store.inbox(self._player_id)

    async def entries(self, after: Inbox, limit: int) -> Sequence[InboxEntry]:
        return await self._store.inbox_entries(after, limit)

    def latest_entries(self, after: Inbox, limit: int) -> Sequence[InboxEntry] | None:
        return None

    def state_after(self, entry: InboxEntry) -> Inbox:
        return entry.inbox

    def bytes_of(self, entry: InboxEntry, before: Inbox | None) -> int:
        return ENTRY_BYTES

    def heartbeat(self, state: Inbox, reconnect_after_ms: int | None = None) -> InboxHeartbeat:
        return InboxHeartbeat(state, self._clock.now(), reconnect_after_ms)


def inbox_log_id(player_id: PlayerId) -> str:
    """The id of an inbox among all logs. No party has such an id."""
    return _INBOX + player_id


def is_inbox_log(log_id: str) -> bool:
    return log_id.startswith(_INBOX)
