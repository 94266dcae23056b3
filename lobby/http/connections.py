"""The open WebSocket connections of this process."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Protocol


class OpenConnection(Protocol):
    """A connection that can be closed from outside."""

    async def close(self, code: int, reason: str) -> None:
        """Close with that code and reason; returns once both are sent, or the connection is gone."""

    def drop(self) -> None:
        """Free the connection at once, with no word to the other side."""


class Connections:
    """Every open connection, from its acceptance to its end."""

    def __init__(self) -> None:
        self._open: dict[OpenConnection, asyncio.Task[object] | None] = {}
        self._draining: tuple[int, str] | None = None
        self.is_going_down = False
        """Set as soon as the server begins to: what ends from here on ends for that reason."""

    @property
    def open_count(self) -> int:
        return len(self._open)

    async def hold(self, connection: OpenConnection, conversation: Coroutine[object, object, None]) -> None:
        """Run a connection's conversation, and count it as open meanwhile. While draining it is closed at
        once."""
        self._open[connection] = asyncio.current_task()
        try:
            if self._draining is not None:
                await connection.close(*self._draining)
            await conversation
        finally:
            del self._open[connection]

    async def drain(self, code: int = 1012, reason: str = "The server restarts.", within_s: float = 5.0) -> None:
        """Close all, and every one that comes later; those that have not ended after `within_s` are
        dropped."""
        self.is_going_down = True
        self._draining = (code, reason)
        conversations = [task for task in self._open.values() if task is not None]
        closings = [asyncio.create_task(each.close(code, reason)) for each in self._open]
        waited = [*conversations, *closings]
        if waited:
            await asyncio.wait(waited, timeout=within_s)
        for each in list(self._open):
            each.drop()
