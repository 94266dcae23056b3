"""The streams of events that are open."""

from __future__ import annotations

from contextlib import aclosing

from starlette.types import Receive, Scope, Send

from lobby.domain.values import PlayerId
from lobby.http.address import address_of
from lobby.http.connections import Connections
from lobby.http.drop import Drop
from lobby.http.graphql_sse.limits import StreamLimits
from lobby.http.graphql_sse.response import EventResponse, Results
from lobby.http.places import Places


class EventStreams:
    """Answers requests with streams of events."""

    def __init__(
        self,
        limits: StreamLimits | None = None,
        connections: Connections | None = None,
        places: Places | None = None,
    ) -> None:
        """`connections` and `places` may be shared with other endpoints."""
        self._limits = limits or StreamLimits()
        self._connections = connections or Connections()
        self._places = places or Places()

    async def answer(
        self,
        results: Results,
        scope: Scope,
        receive: Receive,
        send: Send,
        request_id: str,
        player_id: PlayerId | None = None,
    ) -> None:
        """Send `results` for as long as there are any and the client stays, then close them. Raises `NoPlace`, with nothing
        sent, where the address or the player has as many connections as it may."""
        async with aclosing(results):
            with self._places.one_more(address_of(scope)) as place:
                place.belongs_to(player_id)
                drop = Drop(scope)
                response = EventResponse(
                    results, send, self._limits, drop, lambda: self._connections.is_going_down, request_id
                )
                await drop.hold(self._connections, response, response.run(receive))
