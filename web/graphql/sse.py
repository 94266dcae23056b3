"""GraphQL over server-sent events, for networks and pages that can't use a WebSocket.

The protocol is that of the npm package graphql-sse (PROTOCOL.md, version 2.6), in its distinct connections mode: each
request is an operation, and its answer is a stream of `next` events and a last `complete`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from starlette.types import Receive, Scope, Send

from lobby.domain.values import PlayerId
from web.connections.connection_limits import ConnectionLimiter, address_of
from web.connections.open_connections import ConnectionAborter, Connections
from web.connections.socket_channel import BoundedSend, Gone
from web.graphql.execution.error_reporting import internal_entry
from web.http.request import REQUEST_ID_HEADER, header

KEEP_ALIVE = b":\n\n"
"""A comment, which clients ignore. It shows proxies that the connection is in use."""
COMPLETE = b"event: complete\ndata:\n\n"
"""The end of an operation. EventSource would not deliver the event without the empty data."""
LAST_EVENT_ID = b"last-event-id"

_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),  # nginx would hold the events back
)


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Limits of one stream. A stream is silent for at most `keep_alive_s`: proxies cut silent connections after 30 s to 60 s.
    A send fails after `stalled_send_s` without progress."""

    keep_alive_s: float = 15.0
    stalled_send_s: float = 20.0


class Results(Protocol):
    """The results of an operation, one after the other."""

    async def next_with_position(self) -> tuple[bytes, str | None]:
        """The next result as JSON, and the position behind it, if it has one. Raises `StopAsyncIteration` at the end."""

    async def aclose(self) -> None: ...


class OneResult:
    """The only result of a query or mutation."""

    def __init__(self, result: bytes) -> None:
        self._results = [result]

    async def next_with_position(self) -> tuple[bytes, str | None]:
        if not self._results:
            raise StopAsyncIteration
        return self._results.pop(), None

    async def aclose(self) -> None:
        pass


class EventStreams:
    """Answers requests with streams of events."""

    def __init__(
        self,
        limits: StreamLimits | None = None,
        connections: Connections | None = None,
        connection_limiter: ConnectionLimiter | None = None,
    ) -> None:
        """`connections` and `connection_limiter` may be shared with other endpoints."""
        self._limits = limits or StreamLimits()
        self._connections = connections or Connections()
        self._connection_limiter = connection_limiter or ConnectionLimiter()

    async def answer(
        self,
        results: Results,
        scope: Scope,
        receive: Receive,
        send: Send,
        request_id: str,
        player_id: PlayerId | None = None,
    ) -> None:
        """Send `results` until they end or the client leaves.

        Raises `TooManyConnections`, with nothing sent, if the server, the address or the player has too many connections.
        """
        async with aclosing(results):
            with self._connection_limiter.acquire(address_of(scope)) as slot:
                slot.assign_player(player_id)
                abort = ConnectionAborter(scope)
                response = EventResponse(results, send, self._limits, abort, self._connections, request_id)
                if player_id is not None:
                    self._connections.assign_player(response, player_id)
                await abort.hold(self._connections, response, response.run(receive))


class EventResponse(BoundedSend):
    """Sends events until the results end, the client leaves, or the response is closed."""

    def __init__(
        self,
        results: Results,
        send: Send,
        limits: StreamLimits,
        drop: Callable[[], None],
        connections: Connections,
        request_id: str,
    ) -> None:
        """`results` are closed with the response. `drop` frees the connection at once."""
        super().__init__(send, limits.stalled_send_s, drop)
        self.drop = drop
        self._results = results
        self._keep_alive_s = limits.keep_alive_s
        self._connections = connections
        self._request_id = request_id
        self._is_over = asyncio.Event()

    async def run(self, receive: Receive) -> None:
        """Never raises but on cancellation."""
        try:
            with suppress(Gone):
                await self._send_head()
                await self._send_until_over(receive)
                await self._bounded_send({"type": "http.response.body"})
        finally:
            await self._results.aclose()
            self.release()

    async def close(self, code: int, reason: str) -> None:
        """End the response without the `complete` event, so that the client reconnects."""
        self._is_over.set()

    async def _send_head(self) -> None:
        headers = [*_HEADERS, (REQUEST_ID_HEADER, self._request_id.encode())]
        await self._bounded_send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._write(KEEP_ALIVE)

    async def _send_until_over(self, receive: Receive) -> None:
        parts = (self._send_results(), self._keep_alive(), _wait_for_disconnect(receive), self._is_over.wait())
        tasks = [asyncio.ensure_future(part) for part in parts]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _send_results(self) -> None:
        try:
            with suppress(StopAsyncIteration):
                while True:
                    await self._write(encode_event(*await self._results.next_with_position()))
            if not self._connections.is_going_down:
                await self._write(COMPLETE)
        except Gone:
            pass
        except Exception as error:
            internal_entry(error, self._request_id, "a stream of events")

    async def _keep_alive(self) -> None:
        with suppress(Gone):
            while True:
                await asyncio.sleep(self._keep_alive_s)
                if self._progress_at_s + self._keep_alive_s <= self._loop.time():
                    await self._write(KEEP_ALIVE)

    async def _write(self, text: bytes) -> None:
        await self._bounded_send({"type": "http.response.body", "body": text, "more_body": True})


def encode_event(result: bytes, position: str | None) -> bytes:
    """One result, which is JSON in one line, as an event (HTML Living Standard, section 9.2.6). A client that loses the
    connection resumes behind the `position`."""
    id_line = f"id: {position}\n".encode() if position is not None else b""
    return b"event: next\n%bdata: %b\n\n" % (id_line, result)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@runtime_checkable
class Resumable(Protocol):
    """A context whose streams can start behind the position that an event had as its id."""

    def resumed_after(self, position: str) -> object:
        """The same context with that position, which replaces the position that the operation names."""


def resume_context(context: object, scope: Scope) -> object:
    """The context for a stream. After a lost connection EventSource repeats its request unchanged, and adds a header with the
    position of the last event that it received."""
    position = header(scope, LAST_EVENT_ID)
    return context.resumed_after(position) if position and isinstance(context, Resumable) else context
