"""The conversation on one WebSocket, for /graphql and for /updates alike: handshake, limits, messages, close.

An endpoint subclasses `SocketConversation` and says what its messages mean. Everything that is the same for all sockets is here:
the origin check, the time that a client has to identify itself, the throttling of messages, and every way in which a socket ends.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any, Generic

from starlette.types import Receive, Scope, Send

from web.connections.connection_limits import ConnectionLimiter, ConnectionSlot, TooManyConnections, address_of
from web.connections.open_connections import ConnectionAborter, Connections
from web.connections.operation_registry import Operation, OperationRegistry
from web.connections.shared_addresses import key_of_player
from web.connections.socket_channel import Gone, RawFrameWriter, Sender, raw_writer_of
from web.graphql.execution.error_reporting import internal_entry
from web.http.origins import send_origin_refused
from web.http.rate_limits import RequestLimiter
from web.http.request import ANSWER_BYTES_MAX, REQUEST_ID_HEADER, header, request_id_of

OriginCheck = Callable[[str | None, str | None], bool]
"""Decides by the Origin and the Host header if a page may connect. The client is no browser if there is no Origin header."""


class CloseCode(IntEnum):
    """Why a socket is closed: codes of graphql-transport-ws, and those of WebSocket itself (RFC 6455, section 7.4)."""

    NORMAL = 1000
    MESSAGE_TOO_BIG = 1009
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    """Too many connections. From the registry that RFC 6455 started (IANA, WebSocket Close Code Number)."""
    MALFORMED_MESSAGE = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INIT_TIMEOUT = 4408
    DUPLICATE_ID = 4409
    TOO_MANY_INITS = 4429
    INTERNAL_ERROR = 4500


_CLIENT_ERRORS = frozenset(CloseCode) - {
    CloseCode.NORMAL,
    CloseCode.SERVICE_RESTART,
    CloseCode.TRY_AGAIN_LATER,
    CloseCode.INTERNAL_ERROR,
}
"""The closes that count as error responses: the client has sent what can't be done."""

REASON_BYTES_MAX = 123
"""The longest reason that a close frame holds: 125 bytes less the code (RFC 6455, section 5.5)."""


class CloseSocket(Exception):
    """Raised while a message is handled: the socket must be closed now, with this code and reason."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """Limits of one socket.

    A client has `init_wait_s` to identify itself. A send fails after `stalled_send_s` without progress. `cleanup_wait_s` is how
    long the end of a socket waits for its operations to clean up. `keep_alive_s` is the interval of the legacy protocol's `ka`
    frames. `answer_bytes_max` limits a message of /updates; GraphQL limits its results itself.
    """

    init_wait_s: float = 5.0
    frame_bytes_max: int = 65_536
    operations_max: int = 64
    operation_id_chars_max: int = 256
    stalled_send_s: float = 20.0
    cleanup_wait_s: float = 5.0
    keep_alive_s: float = 20.0
    answer_bytes_max: int = ANSWER_BYTES_MAX


@dataclass(frozen=True, slots=True)
class SocketDeps:
    """The dependencies that all sockets of a server share, on both endpoints."""

    limits: SocketLimits = field(default_factory=SocketLimits)
    may_connect: OriginCheck = lambda _origin, _host: True
    connections: Connections = field(default_factory=Connections)
    connection_limiter: ConnectionLimiter = field(default_factory=ConnectionLimiter)
    request_limiter: RequestLimiter = field(default_factory=lambda: RequestLimiter(None))
    finishing: set[asyncio.Task[None]] = field(default_factory=set)
    """Tasks that outlive their socket. The event loop holds tasks only weakly, so something must refer to them."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """The two directions of a socket, and what its handshake said about the client."""

    receive: Receive
    send: Send
    abort: ConnectionAborter
    writer: RawFrameWriter | None
    """Writes past ASGI; None on a server that offers no such way."""
    authorization: str | None
    request_id: str
    address: str

    @classmethod
    def of(cls, scope: Scope, receive: Receive, send: Send) -> Handshake:
        return cls(
            receive,
            send,
            ConnectionAborter(scope),
            raw_writer_of(scope),
            header(scope, b"authorization"),
            request_id_of(scope),
            address_of(scope),
        )

    async def accept(self, subprotocol: str | None = None) -> None:
        headers = [(REQUEST_ID_HEADER, self.request_id.encode())]
        await self.send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": headers})


async def check_origin(deps: SocketDeps, scope: Scope, receive: Receive, send: Send) -> bool:
    """Receive the handshake, and reject it (False) if it comes from a page that may not connect."""
    if deps.may_connect(header(scope, b"origin"), header(scope, b"host")):
        await receive()
        return True
    await send_origin_refused(scope, receive, send)
    return False


class SocketConversation(ABC, Generic[Operation]):
    """One accepted socket until its end. Messages are handled one after the other, in the order in which they came."""

    INIT_TIMEOUT_REASON: str
    """The reason of the close when the client has not identified itself in time."""

    def __init__(self, deps: SocketDeps, handshake: Handshake) -> None:
        self.deps = deps
        self.handshake = handshake
        self.sender = Sender(handshake.send, deps.limits.stalled_send_s, handshake.abort, handshake.writer)
        self.operations: OperationRegistry[Operation] = OperationRegistry(deps.limits.operations_max, deps.finishing)
        self._slot: ConnectionSlot | None = None
        self._request_count = 0
        self._background: set[asyncio.Task[None]] = set()

    @property
    @abstractmethod
    def is_identified(self) -> bool:
        """True once the client has identified itself. Until then `init_wait_s` runs."""

    @abstractmethod
    async def handle(self, frame: bytes | str) -> None:
        """Do what one message asks for. May raise `CloseSocket`, `TooManyConnections` or `Gone`, which end the socket."""

    @abstractmethod
    def closing_notice(self, code: int, reason: str) -> str | None:
        """A frame that announces the close, for clients that hide close codes from the game; None for no such frame."""

    async def start(self) -> None:
        """Do what the handshake itself asks for, before the first message. May raise what `handle` may raise."""

    async def run(self) -> None:
        """Hold the conversation until one side ends it or the connection is dropped."""
        await self.handshake.abort.hold(self.deps.connections, self, self._run())

    async def close(self, code: int, reason: str) -> None:
        """Announce the close, then close. Only the first of several calls has an effect."""
        reason = fit_reason(reason)
        await self.sender.close(code, reason, self.closing_notice(code, reason))

    def drop(self) -> None:
        """Free the connection at once, without a message to the client."""
        self.handshake.abort()

    def count_for_player(self, player_id: str) -> None:
        """Count this connection, and its messages, for a player from here on. Raises `TooManyConnections`."""
        if self._slot is not None:
            self._slot.assign_player(player_id)
        self.deps.connections.assign_player(self, player_id)
        self.handshake = replace(self.handshake, address=key_of_player(self.handshake.address, player_id))

    def next_request_id(self) -> str:
        """The request id of the next operation on this socket: the handshake's, with a number behind it."""
        self._request_count += 1
        return f"{self.handshake.request_id}-{self._request_count}"

    def run_in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside the conversation; it is cancelled at the end of the socket."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _run(self) -> None:
        try:
            with self.deps.connection_limiter.acquire(self.handshake.address) as self._slot:
                await self._converse()
        except TooManyConnections as error:
            await self.close(CloseCode.TRY_AGAIN_LATER, str(error))
        finally:
            self.sender.release()

    async def _converse(self) -> None:
        init_timer = asyncio.get_running_loop().call_later(self.deps.limits.init_wait_s, self._on_init_timeout)
        try:
            await self.start()
            while await self._handle_next():
                pass
        except CloseSocket as error:
            if error.code in _CLIENT_ERRORS:
                await self.deps.request_limiter.delay_error_response(self.handshake.address)
            await self.close(error.code, error.reason)
        except TooManyConnections as error:
            await self.close(CloseCode.TRY_AGAIN_LATER, str(error))
        except Gone:
            pass
        except Exception as error:
            internal_entry(error, self.handshake.request_id, "a socket's conversation")
            await self.close(CloseCode.INTERNAL_ERROR, "Internal error")
        finally:
            init_timer.cancel()
            for task in self._background:
                task.cancel()
            await self.operations.stop_all(self.deps.limits.cleanup_wait_s)

    async def _handle_next(self) -> bool:
        """Handle the next message; False once the client is gone.

        A function of its own, so that the frame is freed before the next wait: a document is as large as everything else that an
        idle socket keeps.
        """
        frame = await receive_frame(self.handshake.receive, self.deps.limits.frame_bytes_max)
        if frame is None:
            return False
        if not self.sender.is_closed:
            await self._throttle()
            await self.take_turn()
            await self.handle(frame)
        return True

    async def take_turn(self) -> None:
        """Return when the next message may be handled, or the next operation may begin. Dozens of messages may have arrived
        together, and each may start an operation that has much to do."""
        await self.deps.request_limiter.turns.begin(self.handshake.address)

    async def _throttle(self) -> None:
        """Count a message against the rate of its address, and wait until the rate allows it.

        A client that floods is read as slowly as its rate allows. uvicorn reads no more from the network during the
        wait, so backpressure reaches the client.
        """
        while wait_ms := self.deps.request_limiter.request_wait_ms(self.handshake.address):  # noqa: ASYNC110
            await asyncio.sleep(wait_ms / 1000)

    def _on_init_timeout(self) -> None:
        if not self.is_identified:
            self.run_in_background(self.close(CloseCode.INIT_TIMEOUT, self.INIT_TIMEOUT_REASON))


def fit_reason(reason: str) -> str:
    """The reason, cut between two characters to what a close frame holds."""
    return reason.encode()[:REASON_BYTES_MAX].decode(errors="ignore")


async def receive_frame(receive: Receive, bytes_max: int) -> bytes | str | None:
    """The next frame; None once the client is gone. Binary frames are taken like text: some clients send no other kind.

    Raises `CloseSocket` (1009) for a frame that is too long.
    """
    message = await receive()
    if message["type"] == "websocket.disconnect":
        return None
    frame: bytes | str = message.get("text") or message.get("bytes") or ""
    if len(frame) > bytes_max:
        raise CloseSocket(CloseCode.MESSAGE_TOO_BIG, f"A message has at most {bytes_max} bytes.")
    return frame
