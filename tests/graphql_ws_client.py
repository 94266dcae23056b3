"""A client that speaks the socket's protocols by hand, so that a test can say anything, right or wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.serving import socket_url

TRANSPORT = "graphql-transport-ws"
LEGACY = "graphql-ws"

_WAIT_S = 10.0

Frame = dict[str, Any]


class SocketClient:
    """One socket. Everything it waits for comes within ten seconds, or the test fails."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, *frames: object) -> None:
        """Send each as JSON, without waiting in between; text and bytes go as they are."""
        for frame in frames:
            await self.connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def hear(self) -> Frame:
        """The next frame."""
        async with asyncio.timeout(_WAIT_S):
            frame: Frame = json.loads(await self.connection.recv(decode=True))
        return frame

    async def hear_many(self, count: int) -> list[Frame]:
        return [await self.hear() for _ in range(count)]

    async def init(self, payload: object = None) -> None:
        """Come to the point where operations can be started."""
        await self.say({"type": "connection_init", "payload": payload})
        assert (await self.hear())["type"] == "connection_ack"

    async def ask(self, query: str, operation_id: str = "1", **payload: object) -> None:
        """Start an operation in the protocol that was agreed on."""
        kind = "subscribe" if self.connection.subprotocol == TRANSPORT else "start"
        await self.say({"id": operation_id, "type": kind, "payload": {"query": query, **payload}})

    async def answer(self, query: str, operation_id: str = "1", **payload: object) -> Frame:
        """The one result of an operation."""
        await self.ask(query, operation_id, **payload)
        result, complete = await self.hear_many(2)
        assert complete == {"id": operation_id, "type": "complete"}
        payload_heard: Frame = result["payload"]
        return payload_heard

    async def _hear_to_end(self) -> None:
        async with asyncio.timeout(_WAIT_S):
            while True:
                await self.connection.recv()

    async def closing(self) -> tuple[int, str]:
        """The code and reason of the close, which must come next but for a notice of it and frames on the
        way."""
        with pytest.raises(ConnectionClosed) as closed:
            await self._hear_to_end()
        assert closed.value.rcvd is not None, "the connection broke without a close frame"
        return closed.value.rcvd.code, closed.value.rcvd.reason


@asynccontextmanager
async def socket_client(
    base_url: str, *subprotocols: str, path: str = "/graphql", **options: Any
) -> AsyncIterator[SocketClient]:
    """A connected client; it offers graphql-transport-ws unless told otherwise."""
    offered = [Subprotocol(name) for name in subprotocols or (TRANSPORT,)]
    url = socket_url(base_url, path)
    # No bound on what waits to be read: a client at its bound would not read the answer to its close.
    async with connect(url, subprotocols=offered, max_queue=None, **options) as connection:
        yield SocketClient(connection)


@asynccontextmanager
async def acknowledged_client(base_url: str, payload: object = None) -> AsyncIterator[SocketClient]:
    """A client whose connection has been acknowledged."""
    async with socket_client(base_url) as client:
        await client.init(payload)
        yield client
