"""This node's replica of the index of the public list.

Before each query the replica reads from the servers what has changed since the last one. So a page is as current as if it came
from the servers, and their work does not grow with the number of parties. The replica has an outline of each listed party (about
2 KB). The parties of a page are read from the servers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import msgspec

from lobby.domain.bounds import Bounds
from lobby.domain.listing import is_listed
from lobby.domain.model import Attribute, Member, Party, Player, Reservation
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.regions import RegionPing
from lobby.domain.rules.settings import default_settings
from lobby.domain.values import GameType, PartyId, PartyState, ReservationReason, Visibility
from lobby.ports import Page, PartyQuery, Unavailable
from lobby.stores.party_list import PartyList
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.scripts import LIST_CHANGES, LIST_PAGE
from lobby.struct import replace

log = logging.getLogger(__name__)

CHANGES_MAX = 1_000
"""Changes read in one call."""
PAGE_MAX = 500
"""Parties read in one call."""


class ListReplica:
    """One part for each partition. `page` updates all parts together, once for all queries that wait."""

    def __init__(self, client: ValkeyClient, on_lost: Callable[[], None]) -> None:
        """`on_lost` is called when the servers may have lost changes that this replica had applied."""
        self._list = PartyList()
        self._parts = [_Part(client, number, self._list, on_lost) for number in range(client.partitions.count)]
        self._running = asyncio.Lock()
        self._started = 0
        self._succeeded = 0
        self._failed = 0
        """Numbers of the latest updates that were started, succeeded, failed."""

    async def page(self, query: PartyQuery) -> Page[Party]:
        """A page of outlines. Raises `BadPageCursor`, `Unavailable`."""
        await self.update()
        return self._list.page(query)

    async def update(self) -> None:
        """On return the replica has every commit from before this call. A call during an update waits for the next update."""
        wanted = self._started + 1
        async with self._running:
            if self._succeeded >= wanted:
                return
            if self._failed >= wanted:
                raise Unavailable("the public list could not be updated")
            self._started += 1
            try:
                await asyncio.gather(*(part.update() for part in self._parts))
            except BaseException:
                self._failed = self._started
                raise
            self._succeeded = self._started


class _Part:
    """The part of the index that one partition feeds."""

    def __init__(self, client: ValkeyClient, partition: int, parties: PartyList, on_lost: Callable[[], None]) -> None:
        self._client = client
        self._partition = partition
        self._list = parties
        self._on_lost = on_lost
        self._serials: dict[PartyId, int] = {}
        self._applied: int | None = None
        """The number of the last change that was applied. None: the list must be read from the start."""
        self._commit_id = b""
        """The commit that made this change. A server that has lost its latest changes may have others of the same numbers."""

    async def update(self) -> None:
        while True:
            if self._applied is None:
                await self._reload()
            assert self._applied is not None
            count, *rows = await self._client.run(
                LIST_CHANGES, self._partition, self._applied, CHANGES_MAX, self._commit_id
            )
            if count < 0:
                log.info("reloading the public list of partition %d", self._partition)
                self._applied = None
                self._on_lost()
                continue
            for number, party_id, serial, row, commit_id in zip(*[iter(rows)] * 5, strict=True):
                self._apply(party_id.decode(), int(serial), row)
                self._applied, self._commit_id = int(number), commit_id
            if self._applied >= count:
                return

    async def _reload(self) -> None:
        """Changes during the reload are applied afterwards. Some may be in the rows already, which does no harm."""
        for serial in self._serials.values():
            self._list.hide(serial)
        self._serials.clear()
        applied, after = None, 0
        while True:
            count, commit_id, *rows = await self._client.run(LIST_PAGE, self._partition, after, PAGE_MAX)
            if applied is None:
                applied, self._commit_id = count, commit_id
            found = [(id.decode(), int(serial), row) for id, serial, row in zip(*[iter(rows)] * 3, strict=True) if row]
            self._serials.update((party_id, serial) for party_id, serial, _ in found)
            self._list.extend((serial, outline_of(party_id, row)) for party_id, serial, row in found)
            after = int(rows[-2]) if rows else after
            if len(rows) < 3 * PAGE_MAX:
                self._applied = applied
                return

    def _apply(self, party_id: PartyId, serial: int, row: bytes) -> None:
        if row:
            self._serials[party_id] = serial
            self._list.show(serial, outline_of(party_id, row))
        elif party_id in self._serials:
            self._list.hide(self._serials.pop(party_id))


_ANY_MEMBER = Member(Player("", ""), 0)
_ANY_RESERVATION = Reservation(_ANY_MEMBER.player, 0, ReservationReason.WAITLIST)


class _Row(msgspec.Struct, array_like=True, frozen=True):
    """The fields of a party that the public list can filter or sort by."""

    name: str
    game_type: GameType
    difficulty: str
    state: PartyState
    has_password: bool
    allow_late_join: bool
    members: int
    max_members: int
    attributes: tuple[tuple[str, str], ...]
    # Rows of older versions lack the following fields.
    client_version: str | None = None
    region: str | None = None
    reserved: int = 0
    """Seats that are held."""


_read = msgspec.json.Decoder(_Row).decode


def row_of(party: Party) -> str:
    """The row of a party on the public list. Empty: it is not listed."""
    if not is_listed(party):
        return ""
    settings = party.settings
    row = _Row(
        settings.name,
        settings.game_type,
        settings.difficulty,
        party.state,
        settings.password_hash is not None,
        settings.allow_late_join,
        len(party.members),
        settings.max_members,
        tuple((attribute.key, attribute.value) for attribute in party.attributes),
        settings.client_version,
        party.region,
        len(party.reservations),
    )
    return msgspec.json.encode(row).decode()


_SETTINGS = default_settings(None, SettingsPatch(), Bounds())
"""Stands for the settings that the list does not use."""


def outline_of(party_id: PartyId, row: bytes) -> Party:
    """A party in which only the fields that the list uses are true, because the index takes parties."""
    read = _read(row)
    members = (_ANY_MEMBER,) * read.members
    if read.region is not None:
        members = (replace(_ANY_MEMBER, pings=(RegionPing(read.region, 0),)), *members[1:])
    settings = replace(
        _SETTINGS,
        name=read.name,
        game_type=read.game_type,
        difficulty=read.difficulty,
        max_members=read.max_members,
        visibility=Visibility.PUBLIC,
        password_hash="" if read.has_password else None,
        locked=False,
        allow_late_join=read.allow_late_join,
        client_version=read.client_version,
    )
    return Party(
        id=party_id,
        epoch="",
        version=0,
        state=read.state,
        settings=settings,
        join_code="",
        created_at=0,
        changed_at=0,
        members=members,
        attributes=tuple(Attribute(key, value) for key, value in read.attributes),
        reservations=(_ANY_RESERVATION,) * read.reserved,
    )
