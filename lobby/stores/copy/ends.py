"""What is copied, and what either end of a copy has to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lobby.domain.events import Entry
from lobby.domain.model import Session
from lobby.domain.values import PartyId
from lobby.ports import IdempotencyRecord, RefreshFamily
from lobby.stores.engine import GivenUpCode


class NotEmpty(Exception):
    """The target has something already, and not from a copy that was broken off."""


@dataclass(frozen=True, slots=True)
class KeptLog:
    """What a store keeps of one party's log: the newest entry, and all before it up to the oldest that is kept."""

    entries: tuple[Entry, ...]

    @property
    def party_id(self) -> PartyId:
        return self.entries[-1].party.id


@dataclass(slots=True)
class Batch:
    """Things of one kind at most, or some of each: an end takes a batch in one go."""

    logs: Sequence[KeptLog] = ()
    sessions: Sequence[Session] = ()
    """Ended ones; an active one is part of its party."""
    codes: Sequence[GivenUpCode] = ()
    records: Sequence[IdempotencyRecord] = ()
    families: Sequence[RefreshFamily] = field(default=())


class Source(Protocol):
    async def open(self) -> None:
        """Raises `InUse`, `Unavailable`, `ValueError`."""

    def batches(self) -> AsyncIterator[Batch]:
        """Everything: logs first, the party that was made first before the others; of a bounded size each."""

    async def close(self) -> None:
        """Whatever state it is in; again, too."""


class Target(Protocol):
    async def open(self) -> None:
        """Raises `NotEmpty`, and as `Source.open`."""

    async def put(self, batch: Batch) -> None:
        """What is there already, from a copy that was broken off, is put again."""

    async def finish(self) -> None:
        """It is whole: from now on a server may open it."""

    async def close(self) -> None:
        """As `Source.close`. A target that is not finished is not opened by any server, and may be copied into again."""
