"""The endpoint of `/updates`: the handshake, and then a connection."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import Receive, Scope, Send

from lobby.http.address import address_of
from lobby.http.admission import Admission
from lobby.http.callers import Callers
from lobby.http.connections import Connections
from lobby.http.drop import Drop
from lobby.http.headers import header
from lobby.http.outlet import outlet_of
from lobby.http.places import Places
from lobby.http.request_id import REQUEST_ID_HEADER, request_id_of
from lobby.http.sockets.closing import FORBIDDEN
from lobby.http.sockets.limits import SocketLimits
from lobby.http.updates.connection import Connection, Surroundings
from lobby.http.updates.messages import MalformedMessage, Subscribe, read_query
from lobby.http.updates.shared_updates import SharedUpdates


class Updates:
    """An ASGI application."""

    def __init__(
        self,
        callers: Callers,
        limits: SocketLimits,
        may_connect: Callable[[str | None, str | None], bool],
        connections: Connections,
        places: Places | None = None,
        admission: Admission | None = None,
    ) -> None:
        """`may_connect`: whether pages of an origin may connect to this host."""
        self._around = Surroundings(callers, limits, SharedUpdates(), admission or Admission(None), finishing=set())
        self._may_connect = may_connect
        self._connections = connections
        self._places = places or Places()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if not self._may_connect(header(scope, b"origin"), header(scope, b"host")):
            # A close ahead of the acceptance is an HTTP 403, by ASGI.
            await send({"type": "websocket.close", "code": FORBIDDEN})
            return
        opening = _taken_query(scope)
        request_id = request_id_of(scope)
        await send({"type": "websocket.accept", "headers": [(REQUEST_ID_HEADER, request_id.encode())]})
        drop = Drop(scope)
        connection = Connection(
            self._around,
            receive,
            send,
            drop,
            outlet_of(scope),
            header(scope, b"authorization"),
            opening,
            request_id,
            address_of(scope),
        )
        await drop.hold(self._connections, connection, connection.run_at(self._places))


def _taken_query(scope: Scope) -> Subscribe | MalformedMessage:
    """What the query asks for. It may hold a token, and uvicorn logs what the scope has when a socket is accepted."""
    query, scope["query_string"] = scope["query_string"], b""
    try:
        return read_query(query)
    except MalformedMessage as error:
        return error
