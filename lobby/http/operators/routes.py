"""What operators and game servers ask: whether it lives, whether it can work, its numbers, and the keys of tickets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from lobby.auth.ticket_keys import CACHE_S
from lobby.http.credentials import Authenticate, authorization
from lobby.http.headers import header
from lobby.http.operators.metrics import CONTENT_TYPE, Sources, metrics
from lobby.http.operators.readiness import Readiness
from lobby.operations.errors import UNAUTHENTICATED, CallerError
from lobby.ports import Census, Unavailable


@dataclass(frozen=True, slots=True)
class Operated:
    """What the routes tell of. `census` may raise `Unavailable`; `needs_key`: whether numbers are for operators alone."""

    key_set: Callable[[], dict[str, Any]]
    readiness: Readiness
    sources: Callable[[], Sources]
    census: Callable[[], Awaitable[Census]]
    authenticate: Authenticate
    needs_key: bool


def add_operator_routes(app: FastAPI, operated: Operated) -> None:
    @app.get("/healthz", tags=["operators"])
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["operators"], responses={503: {"description": "Not now."}})
    async def readyz() -> JSONResponse:
        """The store keeps what it is given, and the server is not going down."""
        problem = await operated.readiness.problem()
        if problem is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "not ready", "problem": problem}, 503)

    @app.get("/metrics", tags=["operators"], response_class=Response)
    async def show_metrics(request: Request) -> Response:
        """Numbers in Prometheus' text format. With an operator's key as Bearer token, where the server has any."""
        _expect_operator(request, operated)
        try:
            census = await operated.census()
        except Unavailable:
            return JSONResponse({"status": "not ready", "problem": "the store can't be asked now"}, 503)
        return Response(metrics(operated.sources(), census), media_type=CONTENT_TYPE)

    @app.get("/.well-known/jwks.json", tags=["game servers"])
    async def jwks() -> JSONResponse:
        """The public keys of session tickets, as a JSON Web Key Set: the one that signs now, the next, and the last."""
        return JSONResponse(operated.key_set(), headers={"cache-control": f"public, max-age={CACHE_S}"})


def _expect_operator(request: Request, operated: Operated) -> None:
    given = authorization(header(request.scope, b"authorization"))
    if operated.needs_key and not operated.authenticate(given).is_operator:
        raise CallerError(UNAUTHENTICATED, "An operator's key is needed.")
