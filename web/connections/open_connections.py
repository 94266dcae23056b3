"""The open sockets and event streams of this process, and two ways to end one: to close it, and to abort it."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import Callable, Coroutine
from typing import Protocol, cast

from starlette.types import Scope

from lobby.domain.values import PlayerId

logger = logging.getLogger(__name__)

CONNECTION_EXTENSION = "lobby.connection"
"""An ASGI extension of ours: the server's protocol object of the connection. Its `abort()` drops the connection; that of a socket
has a `frame_writer`, which writes to it without ASGI."""

Abort = Callable[[], None]

_DISCARD_UNSENT = struct.pack("ii", 1, 0)
"""`struct linger`: on, with a time of 0 s."""


class OpenConnection(Protocol):
    """A connection that can be ended from outside."""

    async def close(self, code: int, reason: str) -> None:
        """Close with that code and reason. Returns once both are sent, or the connection is gone."""

    def drop(self) -> None:
        """Free the connection at once, without a message to the client."""


class Connections:
    """Every open connection, from its acceptance to its end."""

    def __init__(self) -> None:
        self._open: dict[OpenConnection, asyncio.Task[object] | None] = {}
        self._of_player: dict[PlayerId, set[OpenConnection]] = {}
        self._players: dict[OpenConnection, set[PlayerId]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._draining: tuple[int, str] | None = None
        self.is_going_down = False
        """Set when the shutdown begins: streams that end from then on end because of it."""

    @property
    def open_count(self) -> int:
        return len(self._open)

    async def hold(self, connection: OpenConnection, conversation: Coroutine[object, object, None]) -> None:
        """Run a connection's conversation, and count it as open until it ends. During the drain it is closed at once."""
        self._open[connection] = asyncio.current_task()
        try:
            if self._draining is not None:
                await connection.close(*self._draining)
            await conversation
        finally:
            del self._open[connection]
            for player_id in self._players.pop(connection, ()):
                self._of_player[player_id].discard(connection)
                if not self._of_player[player_id]:
                    del self._of_player[player_id]

    def assign_player(self, connection: OpenConnection, player_id: PlayerId) -> None:
        """From here on the connection counts for this player. A socket of /updates may count for several players."""
        self._players.setdefault(connection, set()).add(player_id)
        self._of_player.setdefault(player_id, set()).add(connection)

    @property
    def players(self) -> list[PlayerId]:
        """The players with an open connection."""
        return list(self._of_player)

    def close_player(self, player_id: PlayerId, code: int, reason: str) -> None:
        """Close all connections of a player."""
        for connection in self._of_player.get(player_id, ()):
            task = asyncio.create_task(connection.close(code, reason))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def drain(self, code: int = 1012, reason: str = "The server restarts.", within_s: float = 5.0) -> None:
        """Close all connections, and every one that comes later. Those that have not ended after `within_s` are dropped."""
        self.is_going_down = True
        self._draining = (code, reason)
        conversations = [task for task in self._open.values() if task is not None]
        closes = [asyncio.create_task(connection.close(code, reason)) for connection in self._open]
        tasks = [*conversations, *closes]
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)
        for connection in list(self._open):
            connection.drop()


def abort_of(scope: Scope) -> Abort | None:
    """The function that aborts this connection; None on a server that has no such extension."""
    extension = (scope.get("extensions") or {}).get(CONNECTION_EXTENSION)
    return cast(Abort, extension.abort) if extension is not None else None


def abort(transport: asyncio.Transport) -> None:
    """Drop the connection and everything that waits to be sent, here and in the operating system."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        # Otherwise the kernel would go on offering its buffers to a client that does not read.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DISCARD_UNSENT)
    transport.abort()


class ConnectionAborter:
    """Frees the connection of the task that makes this object.

    On our server it aborts the transport. On others it cancels the conversation, which frees everything except the transport.
    """

    def __init__(self, scope: Scope) -> None:
        self._abort = abort_of(scope)
        self._task = asyncio.current_task()
        self._client = scope.get("client")
        self._has_cancelled = False

    def __call__(self) -> None:
        logger.info("dropped the connection of %s, which stopped reading", self._client)
        if self._abort is not None:
            self._abort()
        elif self._task is not None:
            self._has_cancelled = True
            self._task.cancel()

    async def hold(
        self, connections: Connections, connection: OpenConnection, conversation: Coroutine[object, object, None]
    ) -> None:
        """Run a connection's conversation, as one of `connections`, until it ends or the connection is dropped."""
        try:
            await connections.hold(connection, conversation)
        except asyncio.CancelledError:
            if not self._has_cancelled:
                raise
