"""GraphQL over HTTP: one endpoint, as a plain ASGI application."""

from lobby.http.graphql_http.endpoint import GraphQLHTTP
from lobby.http.limits import HTTPLimits

__all__ = ["GraphQLHTTP", "HTTPLimits"]
