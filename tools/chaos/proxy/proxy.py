"""The one address that players know: it leads to any of the servers, by a bad way."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Sequence
from random import Random

from chaos.figures import Figures
from chaos.proxy.tunnel import Tunnel
from chaos.proxy.weather import Weather

HOST = "127.0.0.1"
CONNECT_WAIT_S = 2.0

Address = tuple[str, int]


class Proxy:
    """Each connection goes to one of `servers` that takes it, and meets the fate that `weather` has for it."""

    def __init__(self, servers: Sequence[Address], weather: Weather, chance: Random, figures: Figures) -> None:
        self._servers = servers
        self._weather = weather
        self._chance = chance
        self._figures = figures
        self._open: set[asyncio.Task[None]] = set()
        self._requested = asyncio.Event()
        self._listening: asyncio.Server | None = None

    @property
    def address(self) -> Address:
        assert self._listening is not None, "the proxy is open"
        host, port = self._listening.sockets[0].getsockname()[:2]
        return host, port

    async def open(self) -> None:
        self._listening = await asyncio.start_server(self._accepted, HOST, 0)

    async def next_request(self) -> None:
        """Returns when a player has sent something, right as it is passed on."""
        await self._requested.wait()

    async def calm(self) -> None:
        """Cuts all connections that bad weather began; those to come are sound."""
        self._weather.calm()
        await self._cut_all()

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.close()
        await self._cut_all()

    async def _cut_all(self) -> None:
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open)

    async def _accepted(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._pass_on(reader, writer)
        except asyncio.CancelledError:
            # Only `_cut_all` cancels; asyncio 3.11 would log the end of this task as an error otherwise.
            self._figures.cut["when all was to be calm"] += 1
        finally:
            writer.transport.abort()
            self._open.discard(task)

    async def _pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._figures.connections += 1
        fate = self._weather.fate()
        server = None if fate.refused else await self._connected()
        if server is None:
            self._figures.cut["refused" if fate.refused else "no server up"] += 1
            return
        how = await Tunnel((reader, writer), server, fate, self._chance, self._on_request).run()
        if how is not None:
            self._figures.cut[how] += 1

    async def _connected(self) -> tuple[StreamReader, StreamWriter] | None:
        """To the first of the servers, tried in any order, that takes connections."""
        for host, port in self._chance.sample(self._servers, len(self._servers)):
            try:
                async with asyncio.timeout(CONNECT_WAIT_S):
                    return await asyncio.open_connection(host, port)
            except (OSError, TimeoutError):
                continue
        return None

    def _on_request(self) -> None:
        """Wakes those who wait now, not those who come later."""
        self._requested.set()
        self._requested = asyncio.Event()
