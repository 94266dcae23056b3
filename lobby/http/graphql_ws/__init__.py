"""GraphQL over WebSocket: one endpoint as a plain ASGI application, speaking `graphql-transport-ws` and,
for older clients, the legacy `graphql-ws`."""

from lobby.http.graphql_ws.endpoint import GraphQLWebSocket
from lobby.http.sockets.limits import SocketLimits

__all__ = ["GraphQLWebSocket", "SocketLimits"]
