"""This node's copy of the index behind the public list.

Every question to the list first asks the servers what has changed since the last one, so that the answer is as true as if
it came from them, while their work does not grow with the parties that there are. The copy has one outline for each listed
party (about 2 KB); the parties of a page are read from the servers.
"""

from __future__ import annotations

import asyncio
import logging

from lobby.domain.model import Party
from lobby.domain.values import PartyId
from lobby.ports import Page, PartyQuery, Unavailable
from lobby.stores.index import PartyList
from lobby.stores.valkey.link import Link
from lobby.stores.valkey.list_row import outline_of
from lobby.stores.valkey.scripts import LIST_NEWS, LIST_PAGE

log = logging.getLogger(__name__)

NEWS_MAX = 1_000
"""Changes heard in one call."""
PAGE_MAX = 500
"""Parties read in one call."""


class PartyCopy:
    """One part for each partition. `page` brings all of them up to date together, once for all who ask meanwhile."""

    def __init__(self, link: Link) -> None:
        self._list = PartyList()
        self._parts = [_Part(link, number, self._list) for number in range(link.partitions.count)]
        self._running = asyncio.Lock()
        self._begun = 0
        self._ended = 0
        self._failed = 0
        """Numbers of the latest runs that began, ended well, ended otherwise."""

    async def page(self, query: PartyQuery) -> Page[Party]:
        """Of outlines. Raises `BadPageCursor`, `Unavailable`."""
        await self._freshen()
        return self._list.page(query)

    async def _freshen(self) -> None:
        """Everything committed before this call is in the copy. Who comes while a run goes on waits for the next one."""
        wanted = self._begun + 1
        async with self._running:
            if self._ended >= wanted:
                return
            if self._failed >= wanted:
                raise Unavailable("the public list can't be brought up to date")
            self._begun += 1
            try:
                await asyncio.gather(*(part.freshen() for part in self._parts))
            except BaseException:
                self._failed = self._begun
                raise
            self._ended = self._begun


class _Part:
    def __init__(self, link: Link, partition: int, parties: PartyList) -> None:
        self._link = link
        self._partition = partition
        self._list = parties
        self._serials: dict[PartyId, int] = {}
        self._heard: int | None = None
        """The number of the change heard last; None: the list has not been read yet."""

    async def freshen(self) -> None:
        while True:
            if self._heard is None:
                await self._read_anew()
            assert self._heard is not None
            count, *rows = await self._link.run(LIST_NEWS, self._partition, self._heard, NEWS_MAX)
            if count < 0:
                log.info("the public list of partition %d is read anew", self._partition)
                self._heard = None
                continue
            for number, party_id, serial, row in zip(*[iter(rows)] * 4, strict=True):
                self._hear(party_id.decode(), int(serial), row)
                self._heard = int(number)
            if self._heard >= count:
                return

    async def _read_anew(self) -> None:
        """What changes while it is read is heard afterwards, once more or not: a row says how things are."""
        for serial in self._serials.values():
            self._list.hide(serial)
        self._serials.clear()
        heard, after = None, 0
        while True:
            count, *rows = await self._link.run(LIST_PAGE, self._partition, after, PAGE_MAX)
            heard = count if heard is None else heard
            for party_id, serial, row in zip(*[iter(rows)] * 3, strict=True):
                after = int(serial)
                self._hear(party_id.decode(), after, row)
            if len(rows) < 3 * PAGE_MAX:
                self._heard = heard
                return

    def _hear(self, party_id: PartyId, serial: int, row: bytes) -> None:
        if row:
            self._serials[party_id] = serial
            self._list.show(serial, outline_of(party_id, row))
        elif party_id in self._serials:
            self._list.hide(self._serials.pop(party_id))
