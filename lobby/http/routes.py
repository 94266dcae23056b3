"""Where the GraphQL endpoints and GraphiQL stand in the app."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp

GRAPHQL_PATHS = ("/graphql", "/graphql/")
"""Both as good as the other, without a redirect: Unity's clients follow none for a POST or a socket."""


def add_graphql(app: FastAPI, over_http: ASGIApp, over_socket: ASGIApp) -> None:
    """Plain ASGI apps as routes of their own: FastAPI's dependencies would send each request through a thread."""
    for path in GRAPHQL_PATHS:
        app.router.routes.append(Route(path, over_http, include_in_schema=False))
        app.router.routes.append(WebSocketRoute(path, over_socket))


def add_graphiql(app: FastAPI, assets: ASGIApp) -> None:
    app.router.routes.append(Mount("/graphiql", assets))
