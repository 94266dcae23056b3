"""The WebSocket transport: graphql-transport-ws, with many operations at once on one connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from itertools import count
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from tools.chaos.json_value import Json, canonical, parse
from tools.chaos.players.transport import ANSWER_WAIT_S, NoAnswer, RequestFailed, root_field

FORBIDDEN = 4403
FRAMES_WAITING_MAX = 512
"""The bound of one operation's inbox; only a bug of this client reaches it."""

Inbox = asyncio.Queue[Json | None]
"""The messages of one operation; None once the connection is lost."""


class SocketTransport:
    """An acknowledged connection. `lost` is set when it has ended."""

    name = "socket"

    def __init__(self, connection: ClientConnection, documents: Mapping[str, str]) -> None:
        self._connection = connection
        self._documents = documents
        self._inboxes: dict[str, Inbox] = {}
        self._ids = count(1)
        self.lost = asyncio.Event()

    @property
    def close_code(self) -> int | None:
        """The code of the close frame from the server; None without such a frame."""
        received = self._connection.protocol.close_rcvd
        return received.code if received is not None else None

    async def ask(self, operation: str, variables: Json, token: str | None) -> Any:
        """Send one operation. `token` is ignored: the connection was opened with one."""
        try:
            async with asyncio.timeout(ANSWER_WAIT_S), aclosing(self.subscribe(operation, variables)) as answers:
                async for answer in answers:
                    return answer
        except TimeoutError as error:
            raise NoAnswer(f"no answer within {ANSWER_WAIT_S} s") from error
        raise RequestFailed("completed", f"{operation} was completed without an answer")

    async def subscribe(self, operation: str, variables: Json) -> AsyncGenerator[Any, None]:
        """Yield root fields until the server completes. Raises `NoAnswer` if the connection is lost, or `RequestFailed`."""
        operation_id = str(next(self._ids))
        inbox = self._inboxes[operation_id] = Inbox()
        request = {"query": self._documents[operation], "operationName": operation, "variables": variables}
        try:
            await self._send({"type": "subscribe", "id": operation_id, "payload": request})
            while (message := await self._next(inbox))["type"] == "next":
                yield root_field(message["payload"])
            if message["type"] == "error":
                root_field({"errors": message["payload"]})
        finally:
            if self._inboxes.pop(operation_id, None) is not None:
                with suppress(NoAnswer):
                    await self._send({"type": "complete", "id": operation_id})

    def on_token_expired(self) -> None:
        """Drop the connection: its token cannot be replaced."""
        self.abort()

    def abort(self) -> None:
        """End the connection without a close frame, as a device that dies does."""
        self._connection.transport.abort()

    async def read(self) -> None:
        """Pass each message to its operation until the connection is lost."""
        try:
            with suppress(ConnectionClosed):
                async for text in self._connection:
                    await self._dispatch(parse(text))
        finally:
            self.lost.set()
            for inbox in self._inboxes.values():
                inbox.put_nowait(None)

    async def _dispatch(self, message: Json) -> None:
        if message["type"] == "ping":
            await self._connection.send(canonical({"type": "pong"}).decode())
        inbox = self._inboxes.get(message.get("id", ""))
        if inbox is None:
            return
        if message["type"] in ("complete", "error"):
            del self._inboxes[message["id"]]
        if inbox.qsize() >= FRAMES_WAITING_MAX:
            self.abort()
        inbox.put_nowait(message)

    async def _next(self, inbox: Inbox) -> Json:
        message = None if self.lost.is_set() and inbox.empty() else await inbox.get()
        if message is None:
            raise NoAnswer("the connection was lost")
        return message

    async def _send(self, message: Json) -> None:
        try:
            await self._connection.send(canonical(message).decode())
        except ConnectionClosed as error:
            raise NoAnswer("the connection was lost") from error


class TokenExpired(Exception):
    """The server refused the connection because the token has expired."""


@asynccontextmanager
async def open_socket(
    address: tuple[str, int], documents: Mapping[str, str], token: str
) -> AsyncIterator[SocketTransport]:
    """An acknowledged connection until the end of the block. Raises `NoAnswer` or `TokenExpired`."""
    connection = await _connect(address)
    try:
        await _initialize(connection, token)
        transport = SocketTransport(connection, documents)
        reading = asyncio.create_task(transport.read())
        try:
            yield transport
        finally:
            reading.cancel()
            await asyncio.wait([reading])
    finally:
        connection.transport.abort()


async def _connect(address: tuple[str, int]) -> ClientConnection:
    try:
        return await connect(
            "ws://{}:{}/graphql".format(*address),
            subprotocols=[Subprotocol("graphql-transport-ws")],
            open_timeout=ANSWER_WAIT_S,
            ping_interval=None,
            close_timeout=1,
            proxy=None,
        )
    except (OSError, EOFError, WebSocketException) as error:
        raise NoAnswer(str(error)) from error


async def _initialize(connection: ClientConnection, token: str) -> None:
    init = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
    try:
        async with asyncio.timeout(ANSWER_WAIT_S):
            await connection.send(canonical(init).decode())
            while parse(await connection.recv())["type"] != "connection_ack":
                pass
    except ConnectionClosed as error:
        if error.rcvd is not None and error.rcvd.code == FORBIDDEN:
            raise TokenExpired from error
        raise NoAnswer(str(error)) from error
    except TimeoutError as error:
        raise NoAnswer(f"no acknowledgement within {ANSWER_WAIT_S} s") from error
