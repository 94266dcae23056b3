"""A cluster: which primary has which slot, and calls to it.

Each primary has a pool of its own, as one server has. The library's cluster client (valkey 6.2) is not used: at an error of one
connection it closes all of them, under whoever is in the middle of a call; sends ASKING on one connection and the command
on another; and a call cancelled while it is being sent leaves a connection that is never used again. With few slots to ask
for, routing is little.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any

from valkey.asyncio import Valkey
from valkey.exceptions import AskError, ConnectionError, MovedError, ResponseError, TimeoutError

from lobby.stores.valkey.address import Address
from lobby.stores.valkey.faults import is_passing
from lobby.stores.valkey.link import LinkLimits
from lobby.stores.valkey.servers import Argument
from lobby.stores.valkey.single import client

log = logging.getLogger(__name__)

Place = tuple[str, int]
LOOK_EVERY_S = 0.2
"""How often the map is asked for at most, while calls fail."""


class Cluster:
    """Learns the map of the slots when it is first asked, and anew when a call fails or is sent elsewhere."""

    def __init__(self, address: Address, limits: LinkLimits) -> None:
        self._address = address
        self._limits = limits
        self._clients: dict[Place, Valkey] = {}
        self._map: list[tuple[int, int, Place]] = []
        """First and last slot, and whose they are."""
        self._is_stale = False
        self._looking = asyncio.Lock()
        self._looked_at = 0.0

    async def ask(self, slot: int, command: tuple[Argument, ...]) -> Any:
        if self._is_stale or self._place(slot) is None:
            await self._look()
        place = self._place(slot)
        if place is None:
            raise ConnectionError(f"nobody has slot {slot}")
        try:
            return await self._client(place).execute_command(*command)  # type: ignore[no-untyped-call]
        except MovedError as error:
            self._map.insert(0, (slot, slot, _place_of(error, place)))
            self._is_stale = True
            raise
        except AskError as error:
            return await self._asking(_place_of(error, place), command)
        except asyncio.CancelledError:
            self._is_stale = True  # it took too long: another may have taken over
            raise
        except Exception as error:
            self._is_stale = self._is_stale or is_passing(error)
            raise

    async def close(self) -> None:
        for one in self._clients.values():
            await one.aclose()

    def _place(self, slot: int) -> Place | None:
        return next((place for first, last, place in self._map if first <= slot <= last), None)

    def _client(self, place: Place) -> Valkey:
        if place not in self._clients:
            self._clients[place] = client(self._address, *place, self._limits)
        return self._clients[place]

    async def _asking(self, place: Place, command: tuple[Argument, ...]) -> Any:
        """A slot on its way to another primary: ASKING and the command have to come on one connection."""
        async with self._client(place).pipeline(transaction=False) as pipeline:
            pipeline.execute_command("ASKING")
            pipeline.execute_command(*command)
            return (await pipeline.execute())[1]

    async def _look(self) -> None:
        """Ask anybody for the map. One look serves all who wait for it."""
        wanted_at = time.monotonic()
        async with self._looking:
            if self._looked_at > wanted_at or (self._map and wanted_at - self._looked_at < LOOK_EVERY_S):
                return
            self._looked_at = time.monotonic()
            for place in self._anybody():
                if await self._read_map(place):
                    self._is_stale = False
                    return

    async def _read_map(self, place: Place) -> bool:
        try:
            async with asyncio.timeout(self._limits.try_s / 2):
                rows = await self._client(place).execute_command("CLUSTER SLOTS")  # type: ignore[no-untyped-call]
        except (ConnectionError, TimeoutError, ResponseError, OSError) as error:
            log.debug("no map from %s: %s", place, error)
            return False
        found = [(first, last, (primary[0].decode() or place[0], primary[1])) for first, last, primary, *_ in rows]
        if not found:
            return False
        self._map = found
        await self._let_go()
        return True

    async def _let_go(self) -> None:
        """Of servers that are neither on the map nor in the settings: addresses come and go."""
        wanted = {place for _, _, place in self._map} | set(self._address.hosts)
        for place in self._clients.keys() - wanted:
            await self._clients.pop(place).aclose()

    def _anybody(self) -> Iterable[Place]:
        return dict.fromkeys((*(place for _, _, place in self._map), *self._address.hosts))


def _place_of(error: AskError, place: Place) -> Place:
    """A server that does not know its own name leaves the host out: it is the one that was asked."""
    return error.host or place[0], error.port
