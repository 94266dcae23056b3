"""The endpoint of GraphQL over WebSocket: the handshake, and then a connection."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.types import Receive, Scope, Send

from lobby.domain.values import Instant
from lobby.http.address import address_of
from lobby.http.admission import Admission
from lobby.http.connections import Connections
from lobby.http.credentials import Authenticate, ContextOf
from lobby.http.drop import Drop
from lobby.http.graphql_ws.connection import Connection, Surroundings
from lobby.http.graphql_ws.dialect import Dialect
from lobby.http.graphql_ws.legacy_ws import LegacyWs
from lobby.http.graphql_ws.transport_ws import TransportWs
from lobby.http.headers import header
from lobby.http.outlet import outlet_of
from lobby.http.places import Places
from lobby.http.request_id import REQUEST_ID_HEADER, request_id_of
from lobby.http.sockets.closing import FORBIDDEN, SUBPROTOCOL_NOT_ACCEPTABLE
from lobby.http.sockets.limits import SocketLimits
from lobby.operations import Operations


class GraphQLWebSocket:
    """Queries, mutations and subscriptions over WebSocket; an ASGI application."""

    def __init__(
        self,
        operations: Operations,
        authenticate: Authenticate,
        context_of: ContextOf,
        limits: SocketLimits | None = None,
        origins: Callable[[str | None, str | None], bool] = lambda origin, host: True,
        now_ms: Callable[[], Instant] = lambda: time.time_ns() // 1_000_000,
        legacy: bool = True,
        connections: Connections | None = None,
        places: Places | None = None,
        admission: Admission | None = None,
    ) -> None:
        """`origins` says whether pages of an origin may connect to this host, None being for clients that
        are no browsers; `legacy` whether the older subprotocol is spoken; `connections`, `places` and
        `admission` may be shared with other endpoints."""
        limits = limits or SocketLimits()
        self.connections = connections or Connections()
        self._origins = origins
        self._places = places or Places()
        self._around = Surroundings(
            operations, authenticate, context_of, limits, now_ms, admission or Admission(None), finishing=set()
        )
        dialects: list[Dialect] = [TransportWs(limits.operation_id_chars_max)]
        if legacy:
            dialects.append(LegacyWs(limits.operation_id_chars_max))
        self._dialects = dialects

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if not self._origins(header(scope, b"origin"), header(scope, b"host")):
            # A close ahead of the acceptance is an HTTP 403, by ASGI.
            await send({"type": "websocket.close", "code": FORBIDDEN})
            return
        dialect = self._dialect(scope["subprotocols"])
        request_id = request_id_of(scope)
        await _accept(send, dialect, request_id)
        if dialect is None:
            close = {"type": "websocket.close", "code": SUBPROTOCOL_NOT_ACCEPTABLE}
            await send(close | {"reason": "Subprotocol not acceptable"})
            return
        await self._converse(scope, receive, send, dialect, request_id)

    async def _converse(self, scope: Scope, receive: Receive, send: Send, dialect: Dialect, request_id: str) -> None:
        drop = Drop(scope)
        connection = Connection(
            self._around,
            dialect,
            receive,
            send,
            drop,
            outlet_of(scope),
            header(scope, b"authorization"),
            request_id,
            address_of(scope),
        )
        await drop.hold(self.connections, connection, connection.run_at(self._places))

    def _dialect(self, offered: list[str]) -> Dialect | None:
        """The first of ours that the client offers: the newer protocol where it offers both."""
        return next((dialect for dialect in self._dialects if dialect.subprotocol in offered), None)


async def _accept(send: Send, dialect: Dialect | None, request_id: str) -> None:
    headers = [(REQUEST_ID_HEADER, request_id.encode())]
    subprotocol = dialect.subprotocol if dialect is not None else None
    await send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": headers})
