"""The streams of events that are open."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from lobby.http.connections import Connections
from lobby.http.drop import Drop
from lobby.http.graphql_sse.limits import StreamLimits
from lobby.http.graphql_sse.response import EventResponse, Results


class EventStreams:
    """Answers requests with streams of events."""

    def __init__(self, limits: StreamLimits | None = None, connections: Connections | None = None) -> None:
        """`connections` may be shared with other endpoints."""
        self._limits = limits or StreamLimits()
        self._connections = connections or Connections()

    async def answer(self, results: Results, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        """Send `results` for as long as there are any and the client stays, then close them."""
        drop = Drop(scope)
        response = EventResponse(results, send, self._limits, drop, lambda: self._connections.is_going_down, request_id)
        await drop.hold(self._connections, response, response.run(receive))
