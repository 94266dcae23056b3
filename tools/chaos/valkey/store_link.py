"""The TCP connections from a lobby server to its Valkey, which a test can cut or silence."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping

from tools.chaos.valkey.call_faults import DELAYED, DOUBLED, STALLED, CallFaults, read_call

HOST = "127.0.0.1"
CHUNK_BYTES_MAX = 65_536
CONNECT_WAIT_S = 2.0

Address = tuple[str, int]
_NOTHING: Mapping[bytes, bytes] = {}


class StoreLink:
    """A TCP proxy to `address` on a free port, which stays the same while it is open."""

    def __init__(self, address: Address, call_faults: CallFaults | None = None) -> None:
        """`call_faults`: for the calls of scripts."""
        self.renamed_ports: dict[int, int] = {}
        """Ports of a cluster's servers, and those of links to them, which replies name instead. All have five digits."""
        self._address = address
        self._call_faults = call_faults
        self._listening: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._is_open = asyncio.Event()
        self._is_open.set()
        self._is_cut = False

    @property
    def address(self) -> Address:
        assert self._listening is not None, "the link is open"
        host, port = self._listening.sockets[0].getsockname()[:2]
        return host, port

    async def open(self) -> None:
        self._listening = await asyncio.start_server(self._accepted, HOST, 0)

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.close()
        await self._reset_all()

    async def cut(self) -> None:
        """Reset every connection, and every new one, until `restore`."""
        self._is_cut = True
        await self._reset_all()

    def silence(self) -> None:
        """Hold back all data in both directions until `restore`. Connections stay open, and new ones are accepted."""
        self._is_open.clear()

    def restore(self) -> None:
        """End `cut` or `silence`. Data that was held back arrives now."""
        self._is_cut = False
        self._is_open.set()

    async def _reset_all(self) -> None:
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open)

    async def _accepted(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            if not self._is_cut:
                await self._pass_on(reader, writer)
        except asyncio.CancelledError:
            pass  # only `_reset_all` cancels; asyncio 3.11 would log the end of this task as an error otherwise
        finally:
            writer.transport.abort()
            self._open.discard(task)

    async def _pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            async with asyncio.timeout(CONNECT_WAIT_S):
                other_reader, other_writer = await asyncio.open_connection(*self._address)
        except (OSError, TimeoutError):
            return
        try:
            async with asyncio.TaskGroup() as lanes:
                lanes.create_task(self._calls(reader, other_writer))
                lanes.create_task(self._replies(other_reader, writer))
        except* (OSError, EOFError):
            pass
        finally:
            other_writer.transport.abort()

    async def _calls(self, source: StreamReader, sink: StreamWriter) -> None:
        if self._call_faults is None:
            await self._lane(source, sink)
            return
        while True:
            call = await read_call(source)
            fault = self._call_faults.draw(call)
            if fault in (DOUBLED, STALLED):
                self._call_faults.repeat_later(call, lambda: self._address)
            if fault == STALLED:
                await source.read()  # until the client gives up
                raise EOFError
            if fault == DELAYED:
                await asyncio.sleep(self._call_faults.delay_s())
            await self._pass(call.data, sink)

    async def _replies(self, source: StreamReader, sink: StreamWriter) -> None:
        renamed = {f":{old}\r\n".encode(): f":{new}\r\n".encode() for old, new in self.renamed_ports.items()}
        await self._lane(source, sink, renamed)

    async def _lane(self, source: StreamReader, sink: StreamWriter, renamed: Mapping[bytes, bytes] = _NOTHING) -> None:
        while True:
            piece = await source.read(CHUNK_BYTES_MAX)
            if not piece:
                raise EOFError
            for old, new in renamed.items():
                piece = piece.replace(old, new)
            await self._pass(piece, sink)

    async def _pass(self, piece: bytes, sink: StreamWriter) -> None:
        await self._is_open.wait()
        sink.write(piece)
        await sink.drain()
