"""The app in front of everything."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lobby.http.address import address_of
from lobby.http.admission import Admission
from lobby.http.graphql_http.shortcut import Shortcut
from lobby.http.too_many import refuse

REFUSALS = {400, 401, 404, 405, 408, 413, 414, 415, 422, 429}
"""Statuses of what can't be done as it was asked for. 409 and 403 are for what depends on others."""


class Front(FastAPI):
    """A FastAPI app that hands GraphQL, and all sockets, on at once.

    FastAPI 0.165 sends each request through eight layers ahead of its route; measured under load they took 40 % of a
    query's time, and there is nothing in them for GraphQL.
    """

    def __init__(
        self,
        life: AbstractAsyncContextManager[None],
        told_in_a_line: tuple[type[Exception], ...],
        admission: Admission | None = None,
        **settings: Any,
    ) -> None:
        """`life` is entered ahead of the first request and left after the last. Of `told_in_a_line` an operator needs no
        traceback when they keep it from being entered. `admission` counts requests and handshakes."""
        super().__init__(**settings)
        self.admission = admission or Admission(None)
        self._served: dict[tuple[str, str], ASGIApp] = {}
        self.shortcut: Shortcut | None = None
        """The way past ASGI altogether, where the server knows of it."""
        self._life = life
        self._told_in_a_line = told_in_a_line

    def serve(self, kind: str, path: str, app: ASGIApp) -> None:
        """A plain ASGI app for the connections of a kind ("http" or "websocket") on a path.

        A slash behind it is as good as none, without a redirect: Unity's clients follow none for a POST or a socket.
        """
        self._served[kind, path] = self._served[kind, f"{path}/"] = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan":
            await self._live(receive, send)
            return
        address = address_of(scope)
        wait_ms = self.admission.request_wait_ms(address)
        if wait_ms:
            await self.admission.keep_back(address)
            await refuse(scope, receive, send, wait_ms)
            return
        app = self._served.get((kind, scope["path"]))
        if app is not None:
            await app(scope, receive, send)
        else:
            await super().__call__(scope, receive, self._keeping_back(send, address))

    def _keeping_back(self, send: Send, address: str) -> Send:
        """`send`, with refusals kept back. GraphQL, which refuses with a 200 too, does so by itself."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in REFUSALS:
                await self.admission.keep_back(address)
            await send(message)

        return sent

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._life)
            except self._told_in_a_line as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})
