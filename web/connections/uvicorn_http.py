"""uvicorn's HTTP protocol with the limits that uvicorn 0.54 lacks.

uvicorn waits for ever for a request's head, however slow and however long it is. It accepts every connection.

Only this module, `uvicorn_requests` and `uvicorn_websocket` in this folder use uvicorn's internals.

`tests/web/connections/test_uvicorn_internals.py` fails when the internals that are used here change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, cast
from urllib.parse import unquote

import httptools
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from lobby.runtime.turns import ReadyWork, Turns
from web.connections.connection_limits import NO_ADDRESS, HeadLimits, TcpConnectionLimiter, is_shared_key
from web.connections.lingering_close import LingeringClose, as_transport
from web.connections.open_connections import CONNECTION_EXTENSION, abort
from web.connections.request_interceptor import EncodableResponse, RequestInterceptor, Respond, plain_response, resume
from web.connections.unread_bytes import CountsUnread
from web.connections.uvicorn_requests import Phase, RequestParser, RequestQueue, handshake_error
from web.connections.uvicorn_websocket import HandshakeRequest
from web.http.rate_limits import COUNTED_BYTES, RequestLimiter
from web.http.request import declared_bytes, header

_CONNECTION_CLOSE = (b"connection", b"close")


class ServedApp(Protocol):
    """The interface of an application that the protocol uses besides ASGI."""

    @property
    def request_limiter(self) -> RequestLimiter: ...

    @property
    def interceptor(self) -> RequestInterceptor | None:
        """Read for each connection when it is made, since the application sets it at its start."""


@dataclass(frozen=True, slots=True)
class PlainApp:
    """The `ServedApp` of an application that has neither rate limits nor an interceptor."""

    request_limiter: RequestLimiter = field(default_factory=lambda: RequestLimiter(None))
    interceptor: RequestInterceptor | None = None


_IDLE, _HEAD, _QUEUED, _BODY, _ANSWERING = Phase.IDLE, Phase.HEAD, Phase.QUEUED, Phase.BODY, Phase.ANSWERING
_FAST_PATH, _FAST_PATH_THEN_CLOSE, _NOT_READ = Phase.FAST_PATH, Phase.FAST_PATH_THEN_CLOSE, Phase.NOT_READ

FAST_SLICE_S = 0.001
"""How long fast requests without a task, such as queries, may use one turn of the event loop. One takes up to 0.3 ms."""
FAST_TASKS_SLICE_S = 0.002
"""The same for those with tasks, such as mutations. 32 of them take some 3 ms."""
_REQUEST_WAITS = (_QUEUED, _ANSWERING, _FAST_PATH, _FAST_PATH_THEN_CLOSE)


class HTTPProtocol(CountsUnread, RequestParser):
    """For uvicorn's `http` setting: one instance for each connection."""

    tcp_limiter: TcpConnectionLimiter
    served_app: ServedApp
    queue: RequestQueue
    fast_turns: Turns
    fast_work: ReadyWork[Respond]

    @classmethod
    def within(cls, limits: HeadLimits, served_app: ServedApp) -> type[HTTPProtocol]:
        """The protocol class of one server. uvicorn makes the instances, without arguments of ours."""
        shared = {
            "limits": limits,
            "tcp_limiter": TcpConnectionLimiter(limits),
            "served_app": served_app,
            "queue": RequestQueue(),
            "fast_turns": Turns(FAST_TASKS_SLICE_S),
            "fast_work": ReadyWork(FAST_SLICE_S),
        }
        return type(cls.__name__, (cls,), shared)

    def abort(self) -> None:
        abort(self.transport)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._interceptor = self.served_app.interceptor
        self._idle_wait_s: float = self.limits.head_wait_s
        self._is_half_closed = False
        """True if the client has closed its side, and waits for its response."""
        self._fast_task: asyncio.Task[None]
        """Sends the response of the request on the fast path. uvicorn's `tasks` are those that it waits for at the end."""
        self._unknown_head: bytes | None = None
        """The head that is being parsed, if the interceptor wants to learn it."""
        self._current_cycle: RequestResponseCycle | None = None
        self._address = self._key_of(self.client[0]) if self.client else NO_ADDRESS
        self._is_shared = is_shared_key(self._address)
        # uvicorn's own check, for the fast path. On the slow path uvicorn's middleware reads the proxies' headers.
        proxies = getattr(self.app, "trusted_hosts", ())
        self._proxies: Any = proxies if (self.client[0] if self.client else None) in proxies else None
        self._is_counted = self.tcp_limiter.try_acquire(self._address)
        self._phase = Phase.IDLE if self._is_counted else Phase.TOO_MANY_CONNECTIONS
        wait_s = self.limits.head_wait_s if self._is_counted else self.limits.refused_wait_s
        self._timer = self.loop.call_later(wait_s, self._check_head_time)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        if self._is_counted:
            self._is_counted = False
            self.tcp_limiter.release(self._address)
        if self._current_cycle is not None:
            # uvicorn reports the disconnect to the last request only. The request that is being answered would write on.
            self._current_cycle.disconnected = True
            self._current_cycle.message_event.set()
            self._current_cycle = None
        super().connection_lost(exc)
        # Break the reference cycles. Left to the garbage collector, hundreds of connections with all their data were freed at the
        # same time, for which every request waited 30 ms.
        self.pipeline.clear()
        self.cycle = self.scope = None  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        phase = self._phase
        if phase is _IDLE or phase is _HEAD:
            self._unset_keepalive_if_required()
            if phase is _HEAD or self._interceptor is None or not self._try_fast_path(self._interceptor, data):
                self._phase = _QUEUED
                self.queue.enter(self._address, partial(self._parse_queued, data, phase))
        elif phase is _BODY:
            self.parse(data)
        elif phase is Phase.TOO_MANY_CONNECTIONS:
            self.refuse(503, "There are too many connections.")
        elif phase is not _NOT_READ:
            # A client that sends more before it has its response has to wait: one request at a time.
            self._kept_bytes += data
            self.flow.shut()

    def _parse_queued(self, data: bytes, phase: Phase) -> None:
        """Parse `data`, which has at least a part of a head in it, now that its turn has come."""
        self._phase = phase
        if self.transport.is_closing():
            return
        self.parse(data)
        self._unknown_head = None
        if self._phase is not _ANSWERING and self._phase is not _NOT_READ:
            self._process_kept_bytes()

    def _process_kept_bytes(self) -> None:
        if self.transport.is_closing():
            return
        if not self._kept_bytes:
            if self.flow is not None and self.flow.is_shut:
                self.flow.open()
        else:
            data, self._kept_bytes = self._kept_bytes, b""
            # After a handshake the WebSocket protocol has taken over.
            cast(asyncio.Protocol, self.transport.get_protocol()).data_received(data)

    # Callbacks of the parser and the application.

    def on_headers_complete(self) -> None:
        if self.has_unknown_offer():
            self._unknown_head = None
            return
        if self._unknown_head is not None and self._interceptor is not None:
            self._interceptor.learn(self._unknown_head, self.headers)
            self._unknown_head = None
        self._head_since = None
        self._phase = _BODY
        # uvicorn gives HTTP requests no extensions. The WebSocket protocol makes a new scope for a handshake.
        scope: Any = self.scope
        scope["extensions"] = {CONNECTION_EXTENSION: self}
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            # uvicorn would add trailers to the headers, which the application may have read already. Nothing reads trailers.
            self.headers = []
            self._limit_body(scope)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._body_bytes >= COUNTED_BYTES:
            address = self._client_address(header(cast(Scope, self.scope), b"x-forwarded-for"))
            self.served_app.request_limiter.count_body(address, self._body_bytes)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._current_cycle = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        if self._phase is _NOT_READ:
            return
        self._wait_for_request()
        super().on_response_complete()
        if self._is_half_closed and not self._kept_bytes:
            self.transport.close()
        if self._phase is _ANSWERING:
            self._phase = _IDLE
            self._process_kept_bytes()

    def send_400_response(self, msg: str) -> None:
        self._stop_reading()
        task = self.loop.create_task(self._refuse_malformed(msg))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _refuse_malformed(self, reason: str) -> None:
        await self.served_app.request_limiter.delay_error_response(self._address)
        self.refuse(400, reason)

    # WebSockets.

    def open_socket(self, rest: bytes) -> None:
        """Hand the connection to the WebSocket protocol; `rest` is what the client sent behind its handshake."""
        scope = cast(Scope, self.scope)
        error = handshake_error(scope)
        if error is not None:
            self.send_400_response(error)
            return
        try:
            url = httptools.parse_url(self.url)
            raw_path: bytes = url.path or b"/"
            path = unquote(raw_path.decode("ascii"))
        except (httptools.HttpParserError, UnicodeDecodeError):
            self.send_400_response("The URL is malformed.")
            return
        handshake = HandshakeRequest(
            path=self.root_path + path,
            raw_path=self.root_path.encode("ascii") + raw_path,
            query_string=url.query or b"",
            headers=self.headers,
            address=self._client_address(header(scope, b"x-forwarded-for")),
            request_limiter=self.served_app.request_limiter,
            # The TCP connection counts until it ends. Nothing else of this object is needed for that long.
            on_lost=partial(self.tcp_limiter.release, self._address),
        )
        self._timer.cancel()
        self.flow.open()
        self.connections.discard(self)
        self._is_counted = False
        protocol: Any = self.ws_protocol_class(self.config, self.server_state, self.app_state)  # type: ignore[call-arg, misc]
        protocol.connection_made(self.transport)
        self.transport.set_protocol(protocol)
        protocol.open(handshake)
        if rest:
            protocol.data_received(rest)
        # These refer to this object in turn, which would wait for the garbage collector with them.
        self.parser = self.scope = self.flow = None  # type: ignore[assignment]

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep the connection until the response is sent, if the client has sent a whole request and waits.

        A client that has gone looks the same until it is written to. So a response that has begun (a stream of events) ends.
        """
        cycle = self._current_cycle
        has_begun = self._phase is _ANSWERING and (cycle is None or cycle.response_started)
        self._is_half_closed = self._phase in _REQUEST_WAITS and not has_begun
        return self._is_half_closed

    def shutdown(self) -> None:
        if self._phase is _FAST_PATH:
            self._phase = _FAST_PATH_THEN_CLOSE
        else:
            super().shutdown()

    # Bodies that are too long: no more is read than shows it.

    def _limit_body(self, scope: Scope) -> None:
        length = header(scope, b"content-length")
        if header(scope, b"transfer-encoding") is None:
            if length is None:
                return
            if length.isdecimal():
                self._body_bytes_left = int(length)
        self.cycle.transport = as_transport(LingeringClose(self.transport, self._has_unread_body, self._abort_later))
        if declared_bytes(length) > self.limits.body_bytes_max:
            self.flow.pause_reading()
            self.cycle.keep_alive = False

    def _has_unread_body(self) -> bool:
        return self.cycle is not None and self.cycle.more_body

    def _abort_later(self) -> None:
        self._stop_reading()
        self._timer.cancel()
        self._timer = self.loop.call_later(self.limits.unread_wait_s, self.abort)

    def _stop_reading(self) -> None:
        self._phase = _NOT_READ
        self.flow.shut()

    # The fast path.

    def _try_fast_path(self, interceptor: RequestInterceptor, data: bytes) -> bool:
        """Return True if the interceptor answers `data`, the start of a request."""
        pending = None if self.flow.write_paused else interceptor.try_handle(data, self._client_address)
        if pending is None:
            self._unknown_head = interceptor.unknown_head(data)
            return False
        self._head_since, self._phase = None, _FAST_PATH
        if pending.may_begin_without_task:
            self.fast_work.put(self._run_without_task, self._begin_task, pending.respond)
        else:
            self._begin_task(pending.respond)
        return True

    def _run_without_task(self, respond: Respond) -> Callable[[], None] | None:
        context = copy_context()
        try:
            waits_for = context.run(respond.send, None)
        except StopIteration as end:
            return partial(self._write_response, *end.value)
        self._begin_task(resume(respond, waits_for), context)
        return None

    def _begin_task(self, respond: Respond, context: Context | None = None) -> None:
        """`context`: of a response that has begun without a task, and has to wait now."""
        self._fast_task = self.loop.create_task(self._send_response(respond, context is not None), context=context)
        self.tasks.add(self._fast_task)

    def _client_address(self, forwarded_for: str | None) -> str:
        """The client's address; behind trusted proxies the address that they report in X-Forwarded-For."""
        if self._proxies is None or forwarded_for is None:
            return self._key_of(self.client[0]) if self._is_shared and self.client else self._address
        host, _ = self._proxies.get_trusted_client_address(forwarded_for)
        return self._key_of(host) if host else self._address

    def _key_of(self, host: str) -> str:
        return self.served_app.request_limiter.shared.key_of_host(host)

    async def _send_response(self, respond: Respond, is_begun: bool) -> None:
        try:
            if not is_begun and not self.fast_turns.may_begin():
                await self.fast_turns.wait(self._address)
            response, request_id = await respond
        finally:
            respond.close()  # no warning about a response that was cancelled before its turn
            self.tasks.discard(self._fast_task)  # a callback of the task costs more
        self.loop.call_soon(self._write_response, response, request_id)  # with those of this turn, see `ReadyWork`

    def _write_response(self, response: EncodableResponse, request_id: str) -> None:
        then_close = self._phase is _FAST_PATH_THEN_CLOSE or (self._is_half_closed and not self._kept_bytes)
        self._phase = _IDLE
        self._wait_for_request()
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        headers = self.server_state.default_headers
        self.transport.write(response.as_bytes(request_id, [*headers, _CONNECTION_CLOSE] if then_close else headers))
        if then_close:
            self.transport.close()
        elif self._kept_bytes or self.flow.is_shut:
            self._process_kept_bytes()

    # The wait for a head, and responses without the application.

    def _wait_for_request(self) -> None:
        """Wait for the next request on this connection."""
        self._head_bytes, self._head_since, self._idle_wait_s = 0, self.loop.time(), self.limits.keep_alive_s

    def _check_head_time(self) -> None:
        """Close the connection if a head takes too long. The timer is not moved for each request: that would cost too much."""
        if self.transport.is_closing():
            return
        since, now, head_wait_s = self._head_since, self.loop.time(), self.limits.head_wait_s
        is_idle = self._phase is _IDLE and not self._head_bytes
        due = (now if since is None else since) + (self._idle_wait_s if is_idle else head_wait_s)
        if due > now and self._phase is not Phase.TOO_MANY_CONNECTIONS:
            self._timer = self.loop.call_at(min(due, now + head_wait_s), self._check_head_time)
        elif self._head_bytes:
            self.refuse(408, "The request's head did not arrive in time.")
        else:
            self.transport.close()

    def refuse(self, status: int, reason: str) -> None:
        """Send a plain response without the application, and close."""
        if self.transport.is_closing():
            return
        cycle = self._current_cycle
        if cycle is not None and (cycle.more_body or not cycle.response_complete):
            # The application has this request and may have begun to answer it.
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.close()
                return
        self.transport.write(plain_response(status, reason))
        if self._phase is Phase.TOO_MANY_CONNECTIONS or status == 408:
            self.transport.close()
        else:
            # The client may still send, see `LingeringClose`.
            self.transport.write_eof()
            self._abort_later()
