"""The engine under the store of one process. It makes write sets durable, and reads what is not in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lobby.domain.blocks import BlockList
from lobby.domain.events import Entry
from lobby.domain.identities import Identity
from lobby.domain.inbox import Inbox, InboxEntry
from lobby.domain.model import Party, Session
from lobby.domain.saved_runs import SavedRun
from lobby.domain.values import Instant, PartyId, PlayerId, SearchId, SessionId
from lobby.ports import EventOutbox, IdempotencyRecord, Moderation, RefreshFamily, RunPosition
from lobby.ports.player_data import PlayerRows
from lobby.stores.session_list import SessionFacets
from lobby.stores.write_set import WriteSet

WriteHook = Callable[[], Awaitable[None]]
"""Awaited before each group of commits is written. Tests use it to delay a write, or to fail it with `Unavailable`."""


async def no_write_hook() -> None:
    """Write at once."""


class Engine(Protocol):
    """Keeps everything durable. Parties and sessions that have ended are read from it; live ones are in memory."""

    moderation: Moderation
    event_outbox: EventOutbox

    @property
    def saved_run_count(self) -> int:
        """As `StoreCounts.saved_runs`."""

    def file_bytes(self) -> int | None:
        """As `StoreCounts.file_bytes`. Asks the file system, and blocks for some microseconds."""

    async def restore(self) -> RestoredState:
        """Read what a process needs to continue. The first call."""

    async def write(self, group: Sequence[WriteSet]) -> None:
        """Make all of `group` durable, or none of it and raise `Unavailable`. Calls never overlap."""

    async def closed_party(self, party_id: PartyId) -> Party | None:
        """A closed party that is still kept."""

    async def entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry]:
        """As `Store.entries`."""

    def latest_entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry] | None:
        """As `Store.latest_entries`."""

    async def oldest_seq(self, party_id: PartyId) -> int:
        """As `Store.oldest_seq`."""

    async def ended_session(self, session_id: SessionId) -> Session | None:
        """An ended session that is still kept."""

    async def ended_sessions(self, serials: Sequence[int]) -> Mapping[int, Session]:
        """By serial, those that are still kept."""

    async def record(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        """A durable record."""

    async def refresh_family(self, family_id: str) -> RefreshFamily | None:
        """As `Store.refresh_family`."""

    async def saved_run(self, session_id: SessionId) -> SavedRun | None:
        """As `SavedRuns.saved_run`."""

    async def checkpoint_data(self, session_id: SessionId) -> str | None:
        """As `SavedRuns.checkpoint_data`."""

    async def saved_runs_of(self, player_id: PlayerId, limit: int, after: RunPosition | None) -> Sequence[SavedRun]:
        """As `SavedRuns.saved_runs_of`."""

    async def remove_from_run(self, session_id: SessionId, player_id: PlayerId) -> None:
        """As `SavedRuns.remove_from_run`."""

    async def inbox(self, player_id: PlayerId) -> Inbox:
        """As `Inboxes.inbox`."""

    async def inbox_entries(self, after: Inbox, limit: int) -> Sequence[InboxEntry]:
        """As `Inboxes.inbox_entries`."""

    async def drop_inbox(self, player_id: PlayerId) -> None:
        """As `Inboxes.drop_inbox`."""

    async def identity(self, provider: str, subject: str) -> Identity | None:
        """As `Identities.identity`."""

    async def identities_of(self, player_id: PlayerId) -> Sequence[Identity]:
        """As `Identities.identities_of`."""

    async def unlink_identities(self, player_id: PlayerId) -> int:
        """As `Identities.unlink_identities`."""

    async def player_data(self, player_id: PlayerId) -> PlayerRows:
        """As `PlayerData.player_data`."""

    async def erase_player(self, player_id: PlayerId, stand_in: PlayerId) -> tuple[str, ...]:
        """As `PlayerData.erase_player`, for what the engine keeps. Returns the names of the player that were found."""

    async def sweep(self, at: Instant) -> SweepResult:
        """As `Store.sweep`, for what the engine keeps."""

    async def close(self) -> None:
        """The last call."""


@dataclass(frozen=True, slots=True)
class EndedSession:
    """An ended session, as far as the list of sessions needs it."""

    serial: int
    facets: SessionFacets
    is_public: bool


@dataclass(frozen=True, slots=True)
class GivenUpCode:
    """A join code that rests before it may be used again."""

    code: str
    party_id: PartyId
    at: Instant


@dataclass(frozen=True, slots=True)
class RestoredState:
    """The state of an earlier process, as far as a new one needs it in memory."""

    parties: Sequence[tuple[int, Party]] = ()
    """Live parties with their serials, in rising order."""
    active_sessions: Mapping[SessionId, int] = field(default_factory=dict)
    """Active sessions with their serials."""
    ended_sessions: Iterable[EndedSession] = ()
    codes: Iterable[GivenUpCode] = ()
    """Join codes in the order in which they were given up."""
    digests: Iterable[tuple[int, Instant]] = ()
    """The digests of the idempotency keys, each with the time of its use."""
    block_lists: Iterable[BlockList] = ()
    search_waits: Iterable[tuple[str, SearchId, int]] = ()
    """The waits of searches by their kinds, in seconds, in the order in which they were kept."""
    party_serial_max: int = 0
    session_serial_max: int = 0
    newest_at: Instant = 0
    """The newest time that was stored."""


@dataclass(frozen=True, slots=True)
class SweepResult:
    """The things that an engine has dropped, so that memory can forget them too."""

    parties: Sequence[PartyId] = ()
    sessions: Sequence[EndedSession] = ()
    has_more: bool = False
    """True if as much was dropped as one call may drop, so that there is more to drop now."""
    run_count: int = 0
    """How many saved runs were dropped."""
    inboxes: Sequence[PlayerId] = ()
    """The players whose inboxes have lost entries."""
