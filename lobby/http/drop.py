"""The way out of a connection whose client has stopped reading."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

from starlette.types import Scope

from lobby.http.abort import abort_of
from lobby.http.connections import Connections, OpenConnection

logger = logging.getLogger(__name__)


class Drop:
    """Frees the connection of the task that makes it: its transport is aborted where the server lets us, and
    elsewhere the conversation is cancelled, which frees all but the transport."""

    def __init__(self, scope: Scope) -> None:
        self._abort = abort_of(scope)
        self._task = asyncio.current_task()
        self._client = scope.get("client")
        self.cancelled = False

    def __call__(self) -> None:
        logger.info("Dropped the connection of %s", self._client)
        if self._abort is not None:
            self._abort()
        elif self._task is not None:
            self.cancelled = True
            self._task.cancel()

    async def hold(
        self, connections: Connections, connection: OpenConnection, conversation: Coroutine[object, object, None]
    ) -> None:
        """Run a connection's conversation, as one of `connections`, until it ends or the connection is dropped."""
        try:
            await connections.hold(connection, conversation)
        except asyncio.CancelledError:
            if not self.cancelled:
                raise
