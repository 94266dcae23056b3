"""One connection through the proxy, from its fate to its end."""

from __future__ import annotations

import asyncio
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from contextlib import suppress
from random import Random

from chaos.proxy.fate import Fate

CHUNK_BYTES_MAX = 65_536
CLOSE_WAIT_S = 2.0
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes a close a reset: what is under way is thrown away, as when a machine dies."""


class Cut(Exception):
    """The connection's fate has come. The message names it."""


class Tunnel:
    """Passes bytes on both ways between `player` and `server` until one of them ends it, or its fate does."""

    def __init__(
        self,
        player: tuple[StreamReader, StreamWriter],
        server: tuple[StreamReader, StreamWriter],
        fate: Fate,
        chance: Random,
        on_request: Callable[[], None],
    ) -> None:
        self._player = player
        self._server = server
        self._fate = fate
        self._chance = chance
        self._on_request = on_request
        self._silent = False
        self._pieces_up = 0

    async def run(self) -> str | None:
        """Both sides are closed on return. How it was cut; None when it ended by itself."""
        try:
            how = await self._passed_on()
            await self._end(how)
        finally:
            for _, writer in (self._player, self._server):
                writer.transport.abort()
        return how

    async def _passed_on(self) -> str | None:
        how: str | None = None
        try:
            async with asyncio.TaskGroup() as lanes:
                lanes.create_task(self._up())
                lanes.create_task(self._down())
                lanes.create_task(self._meet_fate())
        except* Cut as cuts:
            how = str(cuts.exceptions[0])
        except* (OSError, EOFError):
            pass
        return how

    async def _end(self, how: str | None) -> None:
        """What ended by itself is closed in peace: what was passed on still arrives."""
        writers = self._player[1], self._server[1]
        if how is None:
            for writer in writers:
                writer.close()
            for writer in writers:
                with suppress(OSError, TimeoutError):
                    await asyncio.wait_for(writer.wait_closed(), CLOSE_WAIT_S)
            return
        _reset(writers[0])
        await asyncio.sleep(self._fate.lingers_s)
        _reset(writers[1])

    async def _meet_fate(self) -> None:
        fate = self._fate
        if fate.silent_after_s is not None:
            await asyncio.sleep(fate.silent_after_s)
            self._silent = True
        if fate.cut_after_s is not None:
            await asyncio.sleep(fate.cut_after_s - (fate.silent_after_s or 0.0))
            raise Cut("silent" if self._silent else "after a while")

    async def _up(self) -> None:
        room = self._fate.cut_after_bytes_up
        while True:
            piece = await self._next(self._player[0])
            self._on_request()
            room = await self._passed(piece, self._server[1], room, "in the midst of a request")
            self._pieces_up += 1

    async def _down(self) -> None:
        room = self._fate.cut_after_bytes_down
        while True:
            piece = await self._next(self._server[0])
            if self._fate.unanswered_after is not None and self._pieces_up >= self._fate.unanswered_after:
                raise Cut("before the answer")
            room = await self._passed(piece, self._player[1], room, "in the midst of an answer")

    async def _next(self, source: StreamReader) -> bytes:
        piece = await source.read(CHUNK_BYTES_MAX)
        if not piece:
            raise EOFError
        if self._fate.delay_s:
            await asyncio.sleep(self._chance.uniform(0, self._fate.delay_s))
        return piece

    async def _passed(self, piece: bytes, sink: StreamWriter, room: int | None, how: str) -> int | None:
        """Passes `piece` on as far as there is room for it; what is left of the room."""
        if self._silent:
            return room
        sink.write(piece if room is None else piece[:room])
        await sink.drain()
        if room is not None and len(piece) >= room:
            raise Cut(how)
        return room - len(piece) if room is not None else None


def _reset(writer: StreamWriter) -> None:
    with suppress(OSError):
        held: socket.socket | None = writer.get_extra_info("socket")
        if held is not None:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
