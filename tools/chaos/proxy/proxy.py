"""The proxy between players and servers: one address, which leads to any of the servers over a bad network."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Sequence
from random import Random

from tools.chaos.proxy.counts import ConnectionCounts
from tools.chaos.proxy.network_faults import NetworkFaults
from tools.chaos.proxy.tunnel import Tunnel

HOST = "127.0.0.1"
CONNECT_WAIT_S = 2.0

Address = tuple[str, int]


class Proxy:
    """Passes each connection on to a server that accepts it, with the fault that `network` draws for it."""

    def __init__(
        self, servers: Sequence[Address], network: NetworkFaults, random: Random, counts: ConnectionCounts
    ) -> None:
        self._servers = servers
        self._network = network
        self._random = random
        self._counts = counts
        self._open: set[asyncio.Task[None]] = set()
        self._requested = asyncio.Event()
        self._listening: asyncio.Server | None = None

    @property
    def open_connections(self) -> int:
        return len(self._open)

    @property
    def address(self) -> Address:
        assert self._listening is not None, "the proxy is open"
        host, port = self._listening.sockets[0].getsockname()[:2]
        return host, port

    async def open(self, host: str = HOST, port: int = 0) -> None:
        """Listen; on a free port if `port` is 0. Raises `OSError`."""
        self._listening = await asyncio.start_server(self._on_connection, host, port)

    async def next_request(self) -> None:
        """Returns when data of a player is passed on. The caller bounds the wait."""
        await self._requested.wait()

    async def stop_faults(self) -> None:
        """Cut all connections; new ones have no faults."""
        self._network.stop()
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

    async def _on_connection(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._pass_on(reader, writer)
        except asyncio.CancelledError:
            # Only `_cut_all` cancels; asyncio 3.11 would log the end of this task as an error otherwise.
            self._counts.cut["at the end of the faults"] += 1
        finally:
            writer.transport.abort()
            self._open.discard(task)

    async def _pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._counts.connections += 1
        fault = self._network.next_fault()
        server = None if fault.refused else await self._connect()
        if server is None:
            self._counts.cut["refused" if fault.refused else "no server up"] += 1
            return
        reason = await Tunnel((reader, writer), server, fault, self._random, self._on_request).run()
        if reason is not None:
            self._counts.cut[reason] += 1

    async def _connect(self) -> tuple[StreamReader, StreamWriter] | None:
        """Connect to the first server, in random order, that accepts."""
        for host, port in self._random.sample(self._servers, len(self._servers)):
            try:
                async with asyncio.timeout(CONNECT_WAIT_S):
                    return await asyncio.open_connection(host, port)
            except (OSError, TimeoutError):
                continue
        return None

    def _on_request(self) -> None:
        """Wake the waiting callers of `next_request`, but not later ones."""
        self._requested.set()
        self._requested = asyncio.Event()
