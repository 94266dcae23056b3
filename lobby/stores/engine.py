"""What an engine does below the shared state: it makes postings durable, and reads what is not kept in the process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lobby.domain.events import Entry
from lobby.domain.model import Party, Session
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports import IdempotencyRecord, RefreshFamily
from lobby.stores.index import SessionFacets
from lobby.stores.posting import Posting

Gate = Callable[[], Awaitable[None]]
"""Awaited before each group is written: tests make it wait, or fail with `Unavailable`, as a disk can."""


async def open_gate() -> None:
    """Nothing is held back."""


@dataclass(frozen=True, slots=True)
class EndedSession:
    """An ended session as far as the list of sessions asks for it."""

    serial: int
    facets: SessionFacets
    is_public: bool


@dataclass(frozen=True, slots=True)
class GivenUpCode:
    code: str
    party_id: PartyId
    at: Instant


@dataclass(frozen=True, slots=True)
class Restored:
    """What the process must know to go on where the last one stopped."""

    parties: Sequence[tuple[int, Party]] = ()
    """Live ones with their serials, rising."""
    active_sessions: Mapping[SessionId, int] = field(default_factory=dict)
    ended_sessions: Iterable[EndedSession] = ()
    codes: Iterable[GivenUpCode] = ()
    """In the order of giving up."""
    digests: Iterable[tuple[int, Instant]] = ()
    """Of the idempotency keys."""
    party_serial_max: int = 0
    session_serial_max: int = 0


@dataclass(frozen=True, slots=True)
class Swept:
    """What is no longer kept, for those who know of it."""

    parties: Sequence[PartyId] = ()
    sessions: Sequence[EndedSession] = ()


class Engine(Protocol):
    """What has ended is read here, and nothing else is: the live state is in the process."""

    async def restore(self) -> Restored:
        """The first call."""

    async def write(self, group: Sequence[Posting]) -> None:
        """All of `group` is durable on return; on `Unavailable` none of it is, nor will be. Calls never overlap."""

    async def closed_party(self, party_id: PartyId) -> Party | None:
        """A party that is closed and still kept."""

    async def entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry]:
        """As `Store.entries`."""

    async def oldest_seq(self, party_id: PartyId) -> int:
        """As `Store.oldest_seq`."""

    async def ended_session(self, session_id: SessionId) -> Session | None:
        """A session that has ended and is still kept."""

    async def ended_sessions(self, serials: Sequence[int]) -> Mapping[int, Session]:
        """Those of them that are still kept."""

    async def record(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        """A record that is durable."""

    async def family(self, family_id: str) -> RefreshFamily | None:
        """As `Store.family`."""

    async def sweep(self, at: Instant) -> Swept:
        """As `Store.sweep`, for what the engine keeps. Never during a `write`."""

    async def close(self) -> None:
        """The last call."""
