"""Calls to a cluster: which primary has which slot, and a connection to each primary.

The library's cluster client (valkey 6.2) is not used. After an error on one connection it closes all of them, also those in the
middle of a call. It sends ASKING on one connection and the command on another. A call that is cancelled while it is sent leaves a
connection that is never used again. The store needs few slots, so the routing is short.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any

from valkey.exceptions import AskError, MovedError
from valkey.exceptions import ConnectionError as LibraryConnectionError

from lobby.stores.valkey.address import Address
from lobby.stores.valkey.client import CALL_ERRORS, CallLimits, is_transient
from lobby.stores.valkey.connection import Command, ServerConnection

log = logging.getLogger(__name__)

HostPort = tuple[str, int]
MAP_EVERY_S = 0.2
"""While calls fail, the map of slots is read this often at most."""


class Cluster:
    """Reads the map of slots before the first call, and again when a call fails or is redirected."""

    def __init__(self, address: Address, limits: CallLimits) -> None:
        self._address = address
        self._limits = limits
        self._connections: dict[HostPort, ServerConnection] = {}
        self._map: list[tuple[int, int, HostPort]] = []
        """First and last slot of a range, and its primary."""
        self._is_stale = False
        self._reading = asyncio.Lock()
        self._read_at = 0.0

    async def call(self, slot: int, command: Command) -> Any:
        if self._is_stale or self._primary_of(slot) is None:
            await self._refresh_map()
        primary = self._primary_of(slot)
        if primary is None:
            raise LibraryConnectionError(f"no server has slot {slot}")
        try:
            return await self._connection(primary).call(command)
        except MovedError as error:
            self._map.insert(0, (slot, slot, _redirect_target(error, primary)))
            self._is_stale = True
            raise
        except AskError as error:
            return await self._ask_migrating(_redirect_target(error, primary), command)
        except asyncio.CancelledError:
            self._is_stale = True  # the call took too long: another server may have taken over
            raise
        except Exception as error:
            self._is_stale = self._is_stale or is_transient(error)
            raise

    async def close(self) -> None:
        for connection in self._connections.values():
            await connection.close()

    def _primary_of(self, slot: int) -> HostPort | None:
        return next((primary for first, last, primary in self._map if first <= slot <= last), None)

    def _connection(self, server: HostPort) -> ServerConnection:
        if server not in self._connections:
            self._connections[server] = ServerConnection(self._address, *server, self._limits.stalled_s)
        return self._connections[server]

    async def _ask_migrating(self, server: HostPort, command: Command) -> Any:
        """Call the server that a slot is moving to. ASKING and the command must come one behind the other."""
        return await self._connection(server).call(("ASKING",), command)

    async def _refresh_map(self) -> None:
        """Read the map from any server. One read serves all callers that wait for it."""
        wanted_at = time.monotonic()
        async with self._reading:
            if self._read_at > wanted_at or (self._map and wanted_at - self._read_at < MAP_EVERY_S):
                return
            self._read_at = time.monotonic()
            for server in self._known_servers():
                if await self._read_map(server):
                    self._is_stale = False
                    return

    async def _read_map(self, server: HostPort) -> bool:
        try:
            async with asyncio.timeout(self._limits.try_s / 2):
                rows = await self._connection(server).call(("CLUSTER", "SLOTS"))
        except CALL_ERRORS as error:
            log.debug("no map of slots from %s: %s", server, error)
            return False
        slots = [(first, last, (primary[0].decode() or server[0], primary[1])) for first, last, primary, *_ in rows]
        if not slots:
            return False
        self._map = slots
        await self._close_unused_connections()
        return True

    async def _close_unused_connections(self) -> None:
        """Close connections to servers that are neither on the map nor in the settings: addresses change over time."""
        used = {primary for _, _, primary in self._map} | set(self._address.hosts)
        for server in self._connections.keys() - used:
            await self._connections.pop(server).close()

    def _known_servers(self) -> Iterable[HostPort]:
        return dict.fromkeys((*(primary for _, _, primary in self._map), *self._address.hosts))


def _redirect_target(error: AskError, asked: HostPort) -> HostPort:
    """The server that a redirect names. A server that does not know its own host name leaves it out, and means itself."""
    return error.host or asked[0], error.port
