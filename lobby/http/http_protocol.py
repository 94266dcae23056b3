"""uvicorn's HTTP protocol, with ways out that uvicorn 0.54 lacks.

It waits for ever for a request's head, however slowly that drips in and however long it gets; takes every connection; lets an
application wait for ever for a client that has stopped reading; and closes by waiting for the buffer to drain.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from lobby.http.abort import CONNECTION_EXTENSION, abort
from lobby.http.address import NOWHERE, counted_as
from lobby.http.admission import Admission
from lobby.http.body import declared_bytes
from lobby.http.graphql_http.shortcut import Answering, Shortcut
from lobby.http.head_limits import HeadLimits
from lobby.http.headers import header
from lobby.http.peers import Peers
from lobby.http.request_queue import RequestQueue
from lobby.http.unread import UnreadTransport, standing_in

_CLOSE = (b"connection", b"close")


class HTTPProtocol(HttpToolsProtocol):
    """For uvicorn's `http` setting."""

    limits = HeadLimits()
    peers = Peers(HeadLimits())
    shortcut: Shortcut | None = None
    admission = Admission(None)
    queue = RequestQueue()

    @classmethod
    def within(
        cls, limits: HeadLimits, shortcut: Shortcut | None = None, admission: Admission | None = None
    ) -> type[HTTPProtocol]:
        """The protocol of one server: uvicorn makes an instance for each connection, and takes no arguments for it."""
        own = {
            "limits": limits,
            "peers": Peers(limits),
            "shortcut": shortcut,
            "admission": admission or Admission(None),
            "queue": RequestQueue(),
        }
        return type(cls.__name__, (cls,), own)

    def abort(self) -> None:
        abort(self.transport)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_bytes = 0
        self._head_since: float | None = self.loop.time()
        """When the wait for a request's head began; None while there is no such wait."""
        self._is_in_message = self._is_in_body = False
        self._is_unread = False
        """Whether all that still comes is of a request that has been refused."""
        self._unknown_head: bytes | None = None
        self._is_answering = False
        """Whether a request is on the short way."""
        self._is_queued = False
        """Whether a head, or a part of one, waits to be read."""
        self._held = b""
        """What came in the meantime."""
        self._closes_then = False
        self._running: RequestResponseCycle | None = None
        self._address = counted_as(self.client[0]) if self.client else NOWHERE
        # uvicorn's own, where the word of some proxies counts: it asks them for all that goes the long way.
        proxies = getattr(self.app, "trusted_hosts", ())
        self._proxies: Any = proxies if self.client and self.client[0] in proxies else None
        self._peer = self.peers.enter(self.client)
        self._has_no_room = self._peer is None
        wait_s = self.limits.refused_wait_s if self._has_no_room else self.limits.head_wait_s
        self._watch = self.loop.call_later(wait_s, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch.cancel()
        self._leave()
        if self._running is not None:
            # uvicorn tells the request that came last, and the one that is being answered writes to a closed connection.
            self._running.disconnected = True
            self._running.message_event.set()
            self._running = None
        super().connection_lost(exc)
        # These hold this one in turn. Left to the garbage collector, hundreds of connections with all that they had sent were
        # freed in one go, for which everybody waited 30 ms.
        self.pipeline.clear()
        self.cycle = self.scope = None  # type: ignore[assignment]

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        if self._has_no_room:
            self._refuse(503, "There are too many connections.")
            return
        if self._is_unread:
            return
        if self._is_answering or self._is_queued:
            self._hold(data)
        elif self._is_in_body or self._head_since is None:
            super().data_received(data)
        elif self.shortcut is None or self._is_in_message or not self._go_short(self.shortcut, data):
            self._is_queued = True
            self.queue.enter(partial(self._go_long, data))

    def _go_long(self, data: bytes) -> None:
        """Read `data`, which has a part of a head in it."""
        self._is_queued = False
        if self.transport.is_closing():
            return
        self._head_bytes += len(data)
        super().data_received(data)
        self._unknown_head = None
        if self._head_since is not None and self._head_bytes > self.limits.head_bytes_max:
            self._refuse(431, f"A request's head has at most {self.limits.head_bytes_max} bytes.")
        self._take_held()

    def on_message_begin(self) -> None:
        self._is_in_message = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if self._unknown_head is not None and self.shortcut is not None:
            self.shortcut.learn(self._unknown_head, self.headers)
            self._unknown_head = None
        self._head_since = None
        self._is_in_body = True
        # uvicorn gives HTTP requests no extensions; a handshake's scope is made anew by the socket's protocol.
        self.scope["extensions"] = {CONNECTION_EXTENSION: cast(Any, self)}
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            self._beware_of_length()

    def on_message_complete(self) -> None:
        self._is_in_message = self._is_in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if self._is_unread:
            return
        if not self.pipeline:
            self._head_bytes, self._head_since = 0, self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        self._leave_unread()
        self.loop.call_later(self.admission.refusal_wait_s(self._address), self._refuse, 400, msg)

    def _beware_of_length(self) -> None:
        """See to it that no more of a body is read than shows that it is too long."""
        scope = cast(Scope, self.scope)
        length = header(scope, b"content-length")
        if length is None and header(scope, b"transfer-encoding") is None:
            return
        self.cycle.transport = standing_in(UnreadTransport(self.transport, self._is_more_to_come, self._drop_later))
        if declared_bytes(length) > self.limits.body_bytes_max:
            self.flow.pause_reading()
            self.cycle.keep_alive = False

    def _is_more_to_come(self) -> bool:
        return self.cycle is not None and self.cycle.more_body

    def _drop_later(self) -> None:
        self._leave_unread()
        self._watch.cancel()
        self._watch = self.loop.call_later(self.limits.unread_wait_s, self.abort)

    def _leave_unread(self) -> None:
        self._is_unread = True
        self.flow.pause_reading()

    def handle_websocket_upgrade(self) -> None:
        self._watch.cancel()
        super().handle_websocket_upgrade()
        protocol: Any = self.transport.get_protocol()
        # It is the same connection, and counts until it ends; but nothing else of this one is kept for that long.
        if self._peer is not None:
            protocol.on_lost = partial(self.peers.leave, self._peer)
        self._peer = None
        # What holds this one in turn, and would wait for the garbage collector with it.
        self.parser = self.scope = self.flow = None  # type: ignore[assignment]

    def shutdown(self) -> None:
        if self._is_answering:
            self._closes_then = True
        else:
            super().shutdown()

    def _go_short(self, shortcut: Shortcut, data: bytes) -> bool:
        """Whether `data`, at the start of a message, is a request that needs no more than its answer."""
        answering = None if self.flow.write_paused else shortcut.answering(data, self._address_of)
        if answering is None:
            self._unknown_head = shortcut.unknown_head(data)
            return False
        self._unset_keepalive_if_required()
        self._head_since, self._is_answering = None, True
        task = self.loop.create_task(self._answer(answering))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return True

    def _address_of(self, forwarded_for: str | None) -> str:
        """The client's address; behind trusted proxies the one that they tell."""
        if self._proxies is None or forwarded_for is None:
            return self._address
        host, _ = self._proxies.get_trusted_client_address(forwarded_for)
        return counted_as(host) if host else self._address

    async def _answer(self, answering: Answering) -> None:
        answer, request_id = await answering
        self._is_answering, self._head_bytes, self._head_since = False, 0, self.loop.time()
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        more = self.server_state.default_headers
        self.transport.write(answer.as_bytes(request_id, [*more, _CLOSE] if self._closes_then else more))
        if self._closes_then:
            self.transport.close()
        else:
            self._take_held()

    def _take_held(self) -> None:
        if self._held and not self.transport.is_closing():
            held, self._held = self._held, b""
            self.flow.resume_reading()
            cast(asyncio.Protocol, self.transport.get_protocol()).data_received(held)

    def _hold(self, data: bytes) -> None:
        """A client that says more before it has its answer has to wait: one request at a time."""
        self._held += data
        self.flow.pause_reading()

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
