"""uvicorn's HTTP protocol, with ways out that uvicorn 0.54 lacks.

It waits for ever for a request's head, however slowly that drips in and however long it gets; takes every connection; lets an
application wait for ever for a client that has stopped reading; and closes by waiting for the buffer to drain.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from lobby.http.abort import CONNECTION_EXTENSION, abort
from lobby.http.head_limits import HeadLimits
from lobby.http.peers import Peers


class HTTPProtocol(HttpToolsProtocol):
    """For uvicorn's `http` setting."""

    limits = HeadLimits()
    peers = Peers(HeadLimits())

    @classmethod
    def within(cls, limits: HeadLimits) -> type[HTTPProtocol]:
        """The protocol of one server: uvicorn makes an instance for each connection, and takes no arguments for it."""
        return type(cls.__name__, (cls,), {"limits": limits, "peers": Peers(limits)})

    def abort(self) -> None:
        abort(self.transport)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_bytes = 0
        self._head_since: float | None = self.loop.time()
        """When the wait for a request's head began; None while there is no such wait."""
        self._is_in_body = False
        self._peer = self.peers.enter(self.client)
        self._has_no_room = self._peer is None
        wait_s = self.limits.refused_wait_s if self._has_no_room else self.limits.head_wait_s
        self._watch = self.loop.call_later(wait_s, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch.cancel()
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._has_no_room:
            self._refuse(503, "There are too many connections.")
            return
        if self._is_in_body or self._head_since is None:
            super().data_received(data)
            return
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_since is not None and self._head_bytes > self.limits.head_bytes_max:
            self._refuse(431, f"A request's head has at most {self.limits.head_bytes_max} bytes.")

    def on_headers_complete(self) -> None:
        self._head_since = None
        self._is_in_body = True
        # uvicorn gives HTTP requests no extensions; a handshake's scope is made anew by the socket's protocol.
        self.scope["extensions"] = {CONNECTION_EXTENSION: {"abort": self.abort}}
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if not self.pipeline:
            self._head_bytes, self._head_since = 0, self.loop.time()
        super().on_response_complete()

    def handle_websocket_upgrade(self) -> None:
        self._watch.cancel()
        super().handle_websocket_upgrade()
        protocol: Any = self.transport.get_protocol()
        protocol.on_lost = self._leave  # it is the same connection, and counts until it ends

    def _look(self) -> None:
        """One timer a connection, which is not moved for each request: that would cost more than all else here."""
        if self.transport.is_closing():
            return
        since, now = self._head_since, self.loop.time()
        due = (now if since is None else since) + self.limits.head_wait_s
        if due > now and not self._has_no_room:
            self._watch = self.loop.call_at(due, self._look)
        elif self._head_bytes:
            self._refuse(408, "The request's head did not arrive in time.")
        else:
            self.transport.close()

    def _refuse(self, status: int, why: str) -> None:
        """Answer without a request being there, and close."""
        if self.transport.is_closing():
            return
        body = why.encode("ascii")
        head = b"content-type: text/plain\r\nconnection: close\r\nretry-after: 1\r\ncontent-length: %d\r\n\r\n" % len(
            body
        )
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()

    def _leave(self) -> None:
        if self._peer is not None:
            self.peers.leave(self._peer)
            self._peer = None
