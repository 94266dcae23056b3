"""What an engine does below the shared state: it makes postings durable, and reads what is not kept in the process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.values import Instant, PartyId
from lobby.ports import RefreshFamily
from lobby.stores.posting import Posting

Gate = Callable[[], Awaitable[None]]
"""Awaited before each group is written: tests make it wait, or fail with `Unavailable`, as a disk can."""


async def open_gate() -> None:
    """Nothing is held back."""


class Engine(Protocol):
    """Calls of `write` never overlap."""

    async def write(self, group: Sequence[Posting]) -> None:
        """All of `group` is durable on return; on `Unavailable` none of it is, nor will be."""

    async def closed_party(self, party_id: PartyId) -> Party | None:
        """A party that is closed and still kept."""

    async def entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry]:
        """As `Store.entries`."""

    async def oldest_seq(self, party_id: PartyId) -> int:
        """As `Store.oldest_seq`."""

    async def family(self, family_id: str) -> RefreshFamily | None:
        """As `Store.family`."""

    async def sweep(self, at: Instant) -> None:
        """As `Store.sweep`, for what the engine keeps."""

    async def close(self) -> None:
        """No call follows."""
