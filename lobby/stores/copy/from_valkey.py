"""Reads everything that servers keep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from itertools import islice
from typing import TypeVar

import msgspec

from lobby.clock import SystemClock
from lobby.domain.bounds import Bounds
from lobby.domain.events import Entry
from lobby.ports import IdempotencyRecord, Retention
from lobby.stores.copy.ends import Batch, KeptLog
from lobby.stores.copy.valkey_keys import ids_of, partitions_and_ids_of
from lobby.stores.engine import GivenUpCode
from lobby.stores.valkey.claims import read_claim
from lobby.stores.valkey.opening import open_valkey

AT_ONCE = 50
"""Things that are asked for side by side, and come in one batch."""
PAGE_ENTRIES = 500

Id = TypeVar("Id")
Item = TypeVar("Item")


class _KeptRecord(msgspec.Struct):
    """As lua/common.lua has it."""

    r: IdempotencyRecord


_read_record = msgspec.json.Decoder(_KeptRecord).decode


class FromValkey:
    """Nothing holds servers back: what they change meanwhile is in the copy or not, and `compare` tells."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opened = AsyncExitStack()

    async def open(self) -> None:
        self._store = await open_valkey(self._url, Bounds(), Retention(), SystemClock())
        self._opened.push_async_callback(self._store.close)
        self._link = self._store.link

    async def batches(self) -> AsyncIterator[Batch]:
        for ids in _chunks(await self._party_ids()):
            yield Batch(logs=await self._each(ids, self._log))
        for ids in _chunks(await ids_of(self._url, "session")):
            sessions = await self._each(ids, self._store.session)
            yield Batch(sessions=[session for session in sessions if session.ended_at is not None])
        for ids in _chunks(await ids_of(self._url, "code")):
            yield Batch(codes=await self._each(ids, self._code))
        for names in _chunks(await partitions_and_ids_of(self._url, "once", self._link.partitions)):
            yield Batch(records=await self._each(names, self._record))
        for ids in _chunks(await ids_of(self._url, "family")):
            yield Batch(families=await self._each(ids, self._store.family))

    async def close(self) -> None:
        await self._opened.aclose()

    async def _party_ids(self) -> list[str]:
        """Those made first come first, as far as partitions can tell."""
        ids = await ids_of(self._url, "party")
        serials: dict[str, int] = {}
        for some in _chunks(ids):
            found = await asyncio.gather(*map(self._serial, some))
            serials.update(zip(some, found, strict=True))
        return sorted(ids, key=serials.__getitem__)

    async def _serial(self, party_id: str) -> int:
        found = await self._link.ask(self._link.partitions.of(party_id), "HGET", f"party:{party_id}", "o")
        return int(found or 0)

    async def _log(self, party_id: str) -> KeptLog | None:
        entries: list[Entry] = []
        at = await self._store.oldest_seq(party_id) - 1
        while page := await self._store.entries(party_id, at, PAGE_ENTRIES):
            entries += page
            at = page[-1].seq
        return KeptLog(tuple(entries)) if entries else None

    async def _code(self, code: str) -> GivenUpCode | None:
        """Only those given up: a live party's is part of it."""
        text = await self._link.ask(self._link.partitions.of(code), "GET", f"code:{code}")
        claim = read_claim(text) if text is not None else None
        if claim is None or claim.given_up_at is None:
            return None
        return GivenUpCode(code, claim.party_id, claim.given_up_at)

    async def _record(self, partition_and_name: tuple[int, str]) -> IdempotencyRecord | None:
        partition, name = partition_and_name
        text = await self._link.ask(partition, "GET", f"once:{name}")
        return _read_record(text).r if text is not None else None

    async def _each(self, ids: Iterable[Id], ask: Callable[[Id], Awaitable[Item | None]]) -> list[Item]:
        """What there is of them: what expires meanwhile is not."""
        found = await asyncio.gather(*map(ask, ids))
        return [one for one in found if one is not None]


def _chunks(ids: Iterable[Id]) -> Iterator[list[Id]]:
    rest = iter(ids)
    while chunk := list(islice(rest, AT_ONCE)):
        yield chunk
