"""The test client of GraphQL over WebSocket. It sends any message, valid or not, and bounds every wait."""

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
from tests.waiting import WAIT_S

TRANSPORT = "graphql-transport-ws"
LEGACY = "graphql-ws"

Frame = dict[str, Any]


class SocketClient:
    """One socket. Everything that it waits for comes within ten seconds, or the test fails."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, *frames: object) -> None:
        """Send each frame as JSON, without a wait in between. Text and bytes are sent as they are."""
        for frame in frames:
            await self.connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def receive(self) -> Frame:
        """The next frame."""
        async with asyncio.timeout(WAIT_S):
            frame: Frame = json.loads(await self.connection.recv(decode=True))
        return frame

    async def receive_many(self, count: int) -> list[Frame]:
        return [await self.receive() for _ in range(count)]

    async def init(self, payload: object = None) -> None:
        """Send `connection_init` and wait for the acknowledgement."""
        await self.send({"type": "connection_init", "payload": payload})
        assert (await self.receive())["type"] == "connection_ack"

    async def ask(self, query: str, operation_id: str = "1", **payload: object) -> None:
        """Start an operation in the subprotocol of this socket."""
        kind = "subscribe" if self.connection.subprotocol == TRANSPORT else "start"
        await self.send({"id": operation_id, "type": kind, "payload": {"query": query, **payload}})

    async def answer(self, query: str, operation_id: str = "1", **payload: object) -> Frame:
        """The only result of an operation."""
        await self.ask(query, operation_id, **payload)
        result, complete = await self.receive_many(2)
        assert complete == {"id": operation_id, "type": "complete"}
        received: Frame = result["payload"]
        return received

    async def close_frame(self) -> tuple[int, str]:
        """The code and reason of the close. Frames before it are dropped."""
        with pytest.raises(ConnectionClosed) as closed:
            await self._receive_to_end()
        assert closed.value.rcvd is not None, "the connection broke without a close frame"
        return closed.value.rcvd.code, closed.value.rcvd.reason

    async def _receive_to_end(self) -> None:
        async with asyncio.timeout(WAIT_S):
            while True:
                await self.connection.recv()


async def open_client(base_url: str, *subprotocols: str, path: str = "/graphql", **options: Any) -> SocketClient:
    """A connected client, which the caller closes. It offers graphql-transport-ws unless other subprotocols are given."""
    offered = [Subprotocol(name) for name in subprotocols or (TRANSPORT,)]
    # No limit on what waits to be read: a client at its limit would not read the answer to its close.
    return SocketClient(await connect(socket_url(base_url, path), subprotocols=offered, max_queue=None, **options))


@asynccontextmanager
async def socket_client(
    base_url: str, *subprotocols: str, path: str = "/graphql", **options: Any
) -> AsyncIterator[SocketClient]:
    """The same, closed at the end of the block."""
    client = await open_client(base_url, *subprotocols, path=path, **options)
    async with client.connection:
        yield client


@asynccontextmanager
async def acknowledged_client(base_url: str, payload: object = None) -> AsyncIterator[SocketClient]:
    """A client whose connection has been acknowledged."""
    async with socket_client(base_url) as client:
        await client.init(payload)
        yield client
