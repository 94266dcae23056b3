"""The WebSocket of a player: graphql-transport-ws in few steps, connected again whenever it is lost.

All players share one process, and the cores of the servers. A WebSocket library, and a task for each stream, took three times the
CPU time for each frame.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any

from tools.bench.load.websocket import CLOSE, PING, PONG, TEXT, decode_frames, encode_frame
from tools.demo.answers import Answer, NoAnswer, RequestFailed, only_field
from tools.simulation.documents import DOCUMENTS

OPEN_WAIT_S = 20.0
ANSWER_WAIT_S = 10.0
RETRY_AFTER_S = 2.0
"""On average. Thousands of players who try more often would take the cores from the server that starts."""
CLIENT_WAIT_S = 20.0
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="
"""A handshake needs some sixteen bytes in base64; their value does not matter here."""
_HEAD_END = b"\r\n\r\n"
_REQUESTS = {
    name: json.dumps({"query": text, "operationName": name})[:-1] + ', "variables": '
    for name, text in DOCUMENTS.items()
}
"""By operation: its request as JSON up to the variables."""


@dataclass(slots=True, eq=False)
class Stream:
    """A subscription. `on_end` gets the errors, or None if the server has completed it."""

    on_frame: Callable[[Answer], None]
    on_end: Callable[[RequestFailed | None], None]


class Connection(asyncio.Protocol):
    """One WebSocket to a server of this machine."""

    def __init__(self, host: str, port: int, token: str) -> None:
        loop = asyncio.get_running_loop()
        self.acknowledged: asyncio.Future[None] = loop.create_future()
        """Fails with `NoAnswer` if the server ends the connection before."""
        self.lost: asyncio.Future[None] = loop.create_future()
        self._address = f"{host}:{port}"
        self._token = token
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._is_upgraded = False
        self._ids = count(1)
        self._requests: dict[str, asyncio.Future[Answer]] = {}
        self._streams: dict[str, Stream] = {}

    async def run(self, operation: str, variables: Answer | None = None) -> Answer:
        """The root field of a query or mutation. Raises `NoAnswer`, `RequestFailed`, or `TimeoutError` after `ANSWER_WAIT_S`."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        request_id = self._subscribe(operation, variables)
        self._requests[request_id] = answer
        try:
            async with asyncio.timeout(ANSWER_WAIT_S):
                return await answer
        finally:
            self._requests.pop(request_id, None)

    def follow(self, operation: str, variables: Answer, stream: Stream) -> str:
        """Begin a subscription, and return its id."""
        stream_id = self._subscribe(operation, variables)
        self._streams[stream_id] = stream
        return stream_id

    def unfollow(self, stream_id: str) -> None:
        """End a subscription. Its `on_end` is not called."""
        if self._streams.pop(stream_id, None) is not None:
            self._send(f'{{"type":"complete","id":"{stream_id}"}}')

    def cut(self) -> None:
        """Drop the connection without a close frame, as a dead network would."""
        if self._transport is not None:
            self._transport.abort()

    # ---- asyncio.Protocol ---------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(
            f"GET /graphql HTTP/1.1\r\nHost: {self._address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {_KEY}\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        received = self._rest + data if self._rest else data
        if not self._is_upgraded:
            head, separator, received = received.partition(_HEAD_END)
            if not separator:
                self._rest = head
                return
            if b" 101 " not in head.partition(b"\r\n")[0]:
                self.cut()
                return
            self._is_upgraded = True
            token = {"authorization": f"Bearer {self._token}"}
            self._send(json.dumps({"type": "connection_init", "payload": token}))
        end = 0
        for opcode, payload, end in decode_frames(received):  # noqa: B007 - the last end is used below
            if opcode == TEXT:
                self._dispatch(json.loads(payload))
            elif opcode == PING:
                self._write(encode_frame(PONG, payload))
            elif opcode == CLOSE:
                self.cut()
                return
        self._rest = received[end:]

    def connection_lost(self, exc: Exception | None) -> None:
        futures: list[asyncio.Future[Any]] = [self.acknowledged, *self._requests.values()]
        for future in futures:
            if not future.done():
                future.set_exception(NoAnswer("The connection was lost."))
        if not self.acknowledged.cancelled():
            self.acknowledged.exception()  # nobody may wait for it any more
        if not self.lost.done():
            self.lost.set_result(None)
        self._streams.clear()

    # ---- Messages -----------------------------------------------------------------------------------------------------------

    def _dispatch(self, message: Answer) -> None:
        kind, message_id = message["type"], message.get("id", "")
        if kind == "connection_ack":
            if not self.acknowledged.done():
                self.acknowledged.set_result(None)
        elif kind == "ping":
            self._send('{"type":"pong"}')
        elif message_id in self._requests:
            self._answer(self._requests[message_id], message)
        elif message_id in self._streams:
            self._pass_on(message_id, message)

    def _answer(self, answer: asyncio.Future[Answer], message: Answer) -> None:
        if answer.done():
            return
        try:
            if message["type"] == "next":
                answer.set_result(only_field(message["payload"]))
            elif message["type"] == "error":
                raise RequestFailed(message["payload"])
            else:
                raise NoAnswer("The server completed the operation without an answer.")
        except (RequestFailed, NoAnswer) as failure:
            answer.set_exception(failure)

    def _pass_on(self, stream_id: str, message: Answer) -> None:
        if message["type"] == "next":
            try:
                frame = only_field(message["payload"])
            except RequestFailed as failure:
                self._streams.pop(stream_id).on_end(failure)
                return
            self._streams[stream_id].on_frame(frame)
        else:
            failed = RequestFailed(message["payload"]) if message["type"] == "error" else None
            self._streams.pop(stream_id).on_end(failed)

    def _subscribe(self, operation: str, variables: Answer | None) -> str:
        operation_id = str(next(self._ids))
        payload = f"{_REQUESTS[operation]}{json.dumps(variables or {})}}}"
        self._send(f'{{"type":"subscribe","id":"{operation_id}","payload":{payload}}}')
        return operation_id

    def _send(self, text: str) -> None:
        self._write(encode_frame(TEXT, text.encode()))

    def _write(self, frame: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(frame)


class PlayerSocket:
    """The connection of a player, opened again whenever it is lost. Each one leads to the next server, as a load balancer would.

    `turn`: all players are in one process, which opens a few sockets at a time. Thousands at once would all be too late.
    """

    def __init__(
        self,
        addresses: Sequence[tuple[str, int]],
        first: int,
        token: str,
        turn: asyncio.Semaphore,
        random: Random,
        on_open: Callable[[Connection], None],
    ) -> None:
        self._addresses = addresses
        self._next = first
        self._token = token
        self._turn = turn
        self._random = random
        self._on_open = on_open
        self._is_open = asyncio.Event()
        self._is_wanted = asyncio.Event()
        self._is_wanted.set()
        self.connection: Connection | None = None
        """None while disconnected."""
        self.return_after_s = 0.0
        """The pause before the next connection, which a server that stops asks for."""

    async def wait_open(self) -> Connection:
        """Raises `TimeoutError` after `CLIENT_WAIT_S`."""
        if self.connection is None:
            async with asyncio.timeout(CLIENT_WAIT_S):
                await self._is_open.wait()
        assert self.connection is not None
        return self.connection

    async def keep_open(self) -> None:
        """Connect again and again, until cancelled."""
        while True:
            await self._is_wanted.wait()
            await asyncio.sleep(self.return_after_s)
            self.return_after_s = 0.0
            try:
                async with self._turn:
                    connection = await self._open()
            except (OSError, NoAnswer, TimeoutError):
                await asyncio.sleep(RETRY_AFTER_S * self._random.uniform(0.5, 1.5))
                continue
            if connection.lost.done():
                continue
            self.connection = connection
            self._is_open.set()
            self._on_open(connection)
            try:
                await connection.lost
            finally:
                self.connection = None
                self._is_open.clear()
                connection.cut()

    async def _open(self) -> Connection:
        host, port = self._addresses[self._next % len(self._addresses)]
        self._next += 1
        connection = Connection(host, port, self._token)
        try:
            async with asyncio.timeout(OPEN_WAIT_S):
                await asyncio.get_running_loop().create_connection(lambda: connection, host, port)
                await connection.acknowledged
        except BaseException:
            connection.cut()
            raise
        return connection

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Drop the connection as a dead network would, and connect again at the end of the block."""
        self._is_wanted.clear()
        if self.connection is not None:
            self.connection.cut()
        try:
            yield
        finally:
            self._is_wanted.set()
