"""The app in front of everything."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from lobby.http.address import address_of
from lobby.http.admission import Admission
from lobby.http.graphql_http.shortcut import Shortcut
from lobby.http.too_many import refuse


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
        self._admission = admission or Admission(None)
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
        wait_ms = self._admission.request_wait_ms(address_of(scope))
        if wait_ms:
            await refuse(scope, receive, send, wait_ms)
            return
        app = self._served.get((kind, scope["path"]))
        if app is not None:
            await app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

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
