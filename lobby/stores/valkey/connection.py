"""One connection to one server, which all calls of this node share.

Calls that begin in the same turn of the event loop are written together, and replies come in the order of the calls. A pool with
a connection for each call costs a node twice as much CPU, and the server more system calls.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import libvalkey
from valkey.asyncio import Connection, SSLConnection, Valkey
from valkey.exceptions import ConnectionError as LibraryConnectionError
from valkey.exceptions import ResponseError

from lobby.stores.valkey.address import Address

Argument = str | bytes | int
Command = tuple[Argument, ...]

UNSENT_BYTES_MAX = 1_048_576
"""Further calls wait while more than this has not been taken by the server."""


class ServerConnection:
    """Connects at the first call, and again at the first call after an error."""

    def __init__(self, address: Address, host: str, port: int, stalled_s: float) -> None:
        """A call that is cancelled ends the connection if no reply has come for `stalled_s`: the next call takes another one."""
        self._address = address
        self._host = host
        self._port = port
        self._stalled_s = stalled_s
        self._opening = asyncio.Lock()
        self._live: _LiveConnection | None = None
        self._callbacks = Valkey().response_callbacks

    async def call(self, *commands: Command) -> Any:
        """Send commands, one behind the other, and return the reply to the last one. Raises the library's errors."""
        live = self._live
        if live is None or live.is_ended:
            live = await self._open()
        if live.unsent_bytes > UNSENT_BYTES_MAX:
            await live.drain()
        for command in commands[:-1]:
            live.send(command).add_done_callback(_ignore)
        try:
            reply = await live.send(commands[-1])
        except asyncio.CancelledError:
            if live.silent_s() >= self._stalled_s:
                live.end(LibraryConnectionError(f"no reply from {self._host}:{self._port}"))
            raise
        callback = self._callbacks.get(str(commands[-1][0]))
        return callback(reply) if callback is not None else reply

    async def close(self) -> None:
        if self._live is not None:
            await self._live.close()

    async def _open(self) -> _LiveConnection:
        async with self._opening:
            if self._live is None or self._live.is_ended:
                connection = self._create()
                try:
                    await connection.connect()  # type: ignore[no-untyped-call]
                except BaseException:  # the library leaves a half-open connection behind when it is cancelled
                    await connection.disconnect(nowait=True)
                    raise
                self._live = _LiveConnection(connection)
            return self._live

    def _create(self) -> Connection:
        """The library's own timeouts are off, because each call has its bound."""
        kind = SSLConnection if self._address.tls else Connection
        return kind(
            host=self._host,
            port=self._port,
            db=self._address.db,
            username=self._address.username,
            password=self._address.password,
            socket_timeout=None,
            socket_connect_timeout=None,
            socket_keepalive=True,
        )


class _LiveConnection:
    def __init__(self, connection: Connection) -> None:
        self.is_ended = False
        self._connection = connection
        writer = connection._writer
        assert writer is not None
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._unsent: list[bytes] = []
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._progress_at_s = self._loop.time()
        """The last reply, or the first call after all replies had come."""
        self._reading = asyncio.create_task(self._read())

    @property
    def unsent_bytes(self) -> int:
        return self._writer.transport.get_write_buffer_size()

    async def drain(self) -> None:
        try:
            await self._writer.drain()
        except OSError as error:
            raise LibraryConnectionError(str(error)) from error

    def silent_s(self) -> float:
        """How long a call has waited without any reply from the server."""
        return self._loop.time() - self._progress_at_s if self._waiting else 0.0

    def send(self, command: Command) -> asyncio.Future[Any]:
        """The future of its reply. It gets the library's errors."""
        reply: asyncio.Future[Any] = self._loop.create_future()
        if not self._waiting:
            self._progress_at_s = self._loop.time()
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._waiting.append(reply)
        self._unsent.append(libvalkey.pack_command(command))
        return reply

    def end(self, error: Exception) -> None:
        """Close at once. All calls that still wait get the error; whether the server has done them is unknown."""
        if self.is_ended:
            return
        self.is_ended = True
        self._reading.cancel()
        self._writer.transport.abort()
        self._connection._close()  # type: ignore[no-untyped-call]
        for reply in self._waiting:
            if not reply.done():
                reply.set_exception(error)
        self._waiting.clear()

    async def close(self) -> None:
        self.end(LibraryConnectionError("the store is closed"))
        await asyncio.wait([self._reading])

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self.is_ended:
            return
        if self._writer.transport.is_closing():  # `_read` has not run since, and uvloop would raise a RuntimeError
            self.end(LibraryConnectionError("Connection closed by server."))
        else:
            self._writer.writelines(unsent)

    async def _read(self) -> None:
        try:
            while True:
                try:
                    reply: Any = await self._connection.read_response(disconnect_on_error=False)
                except ResponseError as error:
                    self._settle(None, error)
                else:
                    self._settle(reply, None)
        except Exception as error:
            self.end(error if isinstance(error, LibraryConnectionError) else LibraryConnectionError(str(error)))

    def _settle(self, reply: Any, error: Exception | None) -> None:
        self._progress_at_s = self._loop.time()
        waiting = self._waiting.popleft()
        if waiting.done():  # the caller waits no more
            return
        if error is not None:
            waiting.set_exception(error)
        else:
            waiting.set_result(reply)


def _ignore(reply: asyncio.Future[Any]) -> None:
    """Take a reply that nobody asks for."""
    if not reply.cancelled():
        reply.exception()
