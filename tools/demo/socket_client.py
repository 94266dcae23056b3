"""GraphQL over one WebSocket, by the graphql-transport-ws protocol: many operations at once, each with an id."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from tools.demo.address import Address
from tools.demo.answers import Answer, NoAnswer, RequestFailed, only_field

SUBPROTOCOL = Subprotocol("graphql-transport-ws")
OPEN_WAIT_S = 10.0
ANSWER_WAIT_S = 10.0
PING_S = 20.0
LOST_WAIT_S = 1.0
INBOX_FRAMES_MAX = 256
"""At this number of unread frames of one operation the client stops reading, and so the server stops sending."""

Inbox = asyncio.Queue[Answer | None]
"""The frames of one operation; None once the connection is lost."""


class SocketClient:
    """An acknowledged connection, which `socket_client` opens."""

    def __init__(self, connection: ClientConnection, documents: Mapping[str, str]) -> None:
        self._connection = connection
        self._documents = documents
        self._inboxes: dict[str, Inbox] = {}
        self._ids = count(1)
        self.lost = asyncio.Event()

    async def run(self, operation: str, variables: Answer | None = None) -> Any:
        """The root field of a query or mutation. Raises `NoAnswer`, `RequestFailed`, or `TimeoutError` after `ANSWER_WAIT_S`."""
        async with asyncio.timeout(ANSWER_WAIT_S):
            payloads = [payload async for payload in self.subscribe(operation, variables)]
        if not payloads:
            raise NoAnswer(f"The server completed {operation} without an answer.")
        return only_field(payloads[0])

    async def subscribe(self, operation: str, variables: Answer | None = None) -> AsyncGenerator[Answer]:
        """Yield payloads until the server completes. Raises `NoAnswer` for a lost connection, `RequestFailed` for errors."""
        operation_id = str(next(self._ids))
        inbox = self._inboxes[operation_id] = Inbox(INBOX_FRAMES_MAX)
        try:
            await self._send("subscribe", operation_id, self._request(operation, variables))
            while (frame := await self._next(inbox))["type"] == "next":
                yield frame["payload"]
            if frame["type"] == "error":
                raise RequestFailed(frame["payload"])
        finally:
            if self._inboxes.pop(operation_id, None) is not None:
                _clear(inbox)
                await self._complete(operation_id)

    def cut(self) -> None:
        """Drop the connection without a close frame, as a dead network would."""
        self._connection.transport.abort()

    async def read(self) -> None:
        """Pass each frame to its operation until the connection is lost. `socket_client` runs this in the background."""
        try:
            with suppress(ConnectionClosed):  # the operations learn it from their inboxes
                async for text in self._connection:
                    await self._dispatch(json.loads(text))
        finally:
            self.lost.set()
            for inbox in self._inboxes.values():
                _put_last(inbox)

    async def _dispatch(self, frame: Answer) -> None:
        if frame["type"] == "ping":
            await self._connection.send(json.dumps({"type": "pong", "payload": frame.get("payload")}))
        inbox = self._inboxes.get(frame.get("id", ""))
        if inbox is not None:
            if frame["type"] in ("complete", "error"):
                self._inboxes.pop(frame["id"])
            await inbox.put(frame)

    async def _next(self, inbox: Inbox) -> Answer:
        frame = None if self.lost.is_set() and inbox.empty() else await inbox.get()
        if frame is None:
            raise NoAnswer("The connection was lost.")
        return frame

    async def _send(self, kind: str, operation_id: str, payload: Answer) -> None:
        try:
            await self._connection.send(json.dumps({"type": kind, "id": operation_id, "payload": payload}))
        except ConnectionClosed as error:
            await self._wait_lost()
            raise NoAnswer("The connection was lost.") from error

    async def _wait_lost(self) -> None:
        """Let the reader learn that the connection is lost. Otherwise a caller that tries again at once would get the same
        connection again and again, and would never let the reader run."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOST_WAIT_S):
                await self.lost.wait()
        await asyncio.sleep(0)

    async def _complete(self, operation_id: str) -> None:
        """End an operation at the server, unless the connection is lost."""
        with suppress(ConnectionClosed):
            await self._connection.send(json.dumps({"type": "complete", "id": operation_id}))

    def _request(self, operation: str, variables: Answer | None) -> Answer:
        return {
            "query": self._documents[operation],
            "operationName": operation,
            "variables": variables or {},
        }


@asynccontextmanager
async def socket_client(
    address: Address, documents: Mapping[str, str], token: str, ping_s: float | None = PING_S
) -> AsyncIterator[SocketClient]:
    """An acknowledged connection for a player, closed at the end of the block. Raises `NoAnswer`.

    `ping_s`: how often the client pings the server, and how long it waits for the pong; None: it does not ping.
    """
    connection = await _open(address, ping_s)
    async with connection:
        await _initialize(connection, token)
        client = SocketClient(connection, documents)
        reader = asyncio.create_task(client.read())
        try:
            yield client
        finally:
            reader.cancel()
            await asyncio.wait([reader])


async def _open(address: Address, ping_s: float | None) -> ClientConnection:
    try:
        return await connect(
            address.socket,
            subprotocols=[SUBPROTOCOL],
            open_timeout=OPEN_WAIT_S,
            ping_interval=ping_s,
            ping_timeout=ping_s,
            proxy=None if address.is_loopback else True,
        )
    except (OSError, WebSocketException) as error:
        raise NoAnswer(f"No lobby server takes connections at {address.socket}.") from error


async def _initialize(connection: ClientConnection, token: str) -> None:
    """Send the token in the payload, since a browser cannot set headers on a WebSocket."""
    init = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
    try:
        await connection.send(json.dumps(init))
        async with asyncio.timeout(OPEN_WAIT_S):
            while json.loads(await connection.recv())["type"] != "connection_ack":
                pass
    except (ConnectionClosed, TimeoutError) as error:
        raise NoAnswer("The server did not acknowledge the connection.") from error


def _clear(inbox: Inbox) -> None:
    """Make room in an inbox that is no longer read: the reader of the socket may wait for it."""
    while not inbox.empty():
        inbox.get_nowait()


def _put_last(inbox: Inbox) -> None:
    """Add the end mark. A full inbox needs none: its reader sees `lost` once the inbox is empty."""
    if not inbox.full():
        inbox.put_nowait(None)
