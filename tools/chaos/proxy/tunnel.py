"""One connection through the proxy, with its fault."""

from __future__ import annotations

import asyncio
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from contextlib import suppress
from random import Random

from tools.chaos.proxy.network_faults import ConnectionFault

CHUNK_BYTES_MAX = 65_536
CLOSE_WAIT_S = 2.0
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with which a close is a reset and drops the data under way, as when a machine dies."""


class Cut(Exception):
    """The connection is cut. The message names the reason."""


class Tunnel:
    """Passes bytes on in both directions between `player` and `server` until either of them closes, or the fault cuts it."""

    def __init__(
        self,
        player: tuple[StreamReader, StreamWriter],
        server: tuple[StreamReader, StreamWriter],
        fault: ConnectionFault,
        random: Random,
        on_request: Callable[[], None],
    ) -> None:
        self._player = player
        self._server = server
        self._fault = fault
        self._random = random
        self._on_request = on_request
        self._silent = self._half_closed = False
        self._pieces_up = 0

    async def run(self) -> str | None:
        """Pass bytes on, and close both sides. Returns why it was cut; None if a side closed it."""
        try:
            reason = await self._pass_on()
            await self._end(reason)
        finally:
            for _, writer in (self._player, self._server):
                writer.transport.abort()
        return reason

    async def _pass_on(self) -> str | None:
        reason: str | None = None
        try:
            async with asyncio.TaskGroup() as directions:
                directions.create_task(self._up())
                directions.create_task(self._down())
                directions.create_task(self._apply_fault())
        except* Cut as cuts:
            reason = str(cuts.exceptions[0])
        except* (OSError, EOFError):
            pass
        return reason

    async def _end(self, reason: str | None) -> None:
        """Reset both sides after a cut; otherwise close them so that the data under way still arrives."""
        writers = self._player[1], self._server[1]
        if reason is None:
            for writer in writers:
                writer.close()
            for writer in writers:
                with suppress(OSError, TimeoutError):
                    await asyncio.wait_for(writer.wait_closed(), CLOSE_WAIT_S)
            return
        _reset(writers[0])
        await asyncio.sleep(self._fault.lingers_s)
        _reset(writers[1])

    async def _apply_fault(self) -> None:
        fault, passed_s = self._fault, 0.0
        if fault.silent_after_s is not None:
            await asyncio.sleep(fault.silent_after_s)
            self._silent, passed_s = True, fault.silent_after_s
        elif fault.half_closed_after_s is not None:
            await asyncio.sleep(fault.half_closed_after_s)
            self._half_closed, passed_s = True, fault.half_closed_after_s
            self._player[1].write_eof()
        if fault.cut_after_s is not None:
            await asyncio.sleep(fault.cut_after_s - passed_s)
            raise Cut("silent" if self._silent else "half closed" if self._half_closed else "after a while")

    async def _up(self) -> None:
        left = self._fault.cut_after_bytes_up
        while True:
            piece = await self._next(self._player[0])
            self._on_request()
            left = await self._forward(piece, self._server[1], left, "in the middle of a request")
            self._pieces_up += 1

    async def _down(self) -> None:
        left = self._fault.cut_after_bytes_down
        while True:
            piece = await self._next(self._server[0])
            if self._fault.unanswered_after is not None and self._pieces_up >= self._fault.unanswered_after:
                raise Cut("before the answer")
            if self._half_closed:
                continue
            left = await self._forward(piece, self._player[1], left, "in the middle of an answer")

    async def _next(self, source: StreamReader) -> bytes:
        piece = await source.read(CHUNK_BYTES_MAX)
        if not piece:
            raise EOFError
        if self._fault.delay_s:
            await asyncio.sleep(self._random.uniform(0, self._fault.delay_s))
        return piece

    async def _forward(self, piece: bytes, sink: StreamWriter, left: int | None, reason: str) -> int | None:
        """Pass on as much of `piece` as `left` bytes allow, and return how many are left; None for no limit."""
        if self._silent:
            return left
        sink.write(piece if left is None else piece[:left])
        await sink.drain()
        if left is not None and len(piece) >= left:
            raise Cut(reason)
        return left - len(piece) if left is not None else None


def _reset(writer: StreamWriter) -> None:
    with suppress(OSError):
        held: socket.socket | None = writer.get_extra_info("socket")
        if held is not None:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
