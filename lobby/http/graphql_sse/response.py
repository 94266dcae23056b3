"""One stream of events, from its first byte to its last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from starlette.types import Receive, Send

from lobby.http.bounded_send import BoundedSend, Gone
from lobby.http.graphql_sse.event_text import COMPLETE, KEEP_ALIVE, next_event
from lobby.http.graphql_sse.limits import StreamLimits
from lobby.http.request_id import REQUEST_ID_HEADER
from lobby.operations.reporting import internal_entry

_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),  # nginx would hold the events back
)


class Results(Protocol):
    """What an operation brings, one result after the other."""

    async def next_placed(self) -> tuple[bytes, str | None]:
        """A result as JSON, with the position behind it where there is one. Raises `StopAsyncIteration` at the end."""

    async def aclose(self) -> None: ...


class OneResult:
    """An operation that brings one."""

    def __init__(self, result: bytes) -> None:
        self._left = [result]

    async def next_placed(self) -> tuple[bytes, str | None]:
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop(), None

    async def aclose(self) -> None:
        pass


class EventResponse(BoundedSend):
    """Sends what comes until it ends, or the client leaves, or it is closed."""

    def __init__(
        self,
        results: Results,
        send: Send,
        limits: StreamLimits,
        drop: Callable[[], None],
        is_going_down: Callable[[], bool],
        request_id: str,
    ) -> None:
        """`results` are closed with the response. `is_going_down`: whether they end because the server does."""
        super().__init__(send, limits.stalled_send_s, drop)
        self.drop = drop
        self._results = results
        self._keep_alive_s = limits.keep_alive_s
        self._is_going_down = is_going_down
        self._request_id = request_id
        self._is_over = asyncio.Event()

    async def run(self, receive: Receive) -> None:
        """Never raises but on cancellation."""
        try:
            with suppress(Gone):
                await self._begin_stream()
                await self._until_over(receive)
                await self._bounded({"type": "http.response.body"})
        finally:
            await self._results.aclose()
            self.let_go()

    async def close(self, code: int, reason: str) -> None:
        """End the response without the event that says that the operation is complete: so clients come back."""
        self._is_over.set()

    async def _begin_stream(self) -> None:
        headers = [*_HEADERS, (REQUEST_ID_HEADER, self._request_id.encode())]
        await self._bounded({"type": "http.response.start", "status": 200, "headers": headers})
        await self._write(KEEP_ALIVE)

    async def _until_over(self, receive: Receive) -> None:
        parts = (self._send_results(), self._keep_alive(), _left(receive), self._is_over.wait())
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
                    await self._write(next_event(*await self._results.next_placed()))
            if not self._is_going_down():
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
        await self._bounded({"type": "http.response.body", "body": text, "more_body": True})


async def _left(receive: Receive) -> None:
    """Returns when the client has."""
    while (await receive())["type"] != "http.disconnect":
        pass
