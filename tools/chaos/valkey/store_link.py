"""The way from a lobby server to its Valkey: sound, cut, or silent, as told."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter

HOST = "127.0.0.1"
CHUNK_BYTES_MAX = 65_536
CONNECT_WAIT_S = 2.0

Address = tuple[str, int]


class Cable:
    """A port of its own that leads to `address`; the same one for as long as it is open."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._listening: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._is_sound = asyncio.Event()
        self._is_sound.set()
        self._is_cut = False

    @property
    def address(self) -> Address:
        assert self._listening is not None, "the cable is open"
        host, port = self._listening.sockets[0].getsockname()[:2]
        return host, port

    async def open(self) -> None:
        self._listening = await asyncio.start_server(self._accepted, HOST, 0)

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.close()
        await self._end_all()

    async def cut(self) -> None:
        """Every connection is reset, and so is every new one, until `mend`."""
        self._is_cut = True
        await self._end_all()

    def hush(self) -> None:
        """Connections stay open, new ones too, and nothing arrives any more, either way, until `mend`."""
        self._is_sound.clear()

    def mend(self) -> None:
        """What was under way when it fell silent arrives now, late."""
        self._is_cut = False
        self._is_sound.set()

    async def _end_all(self) -> None:
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
            pass  # only `_end_all` cancels; asyncio 3.11 would log the end of this task as an error otherwise
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
                lanes.create_task(self._lane(reader, other_writer))
                lanes.create_task(self._lane(other_reader, writer))
        except* (OSError, EOFError):
            pass
        finally:
            other_writer.transport.abort()

    async def _lane(self, source: StreamReader, sink: StreamWriter) -> None:
        while True:
            piece = await source.read(CHUNK_BYTES_MAX)
            if not piece:
                raise EOFError
            await self._is_sound.wait()
            sink.write(piece)
            await sink.drain()
