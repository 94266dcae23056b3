"""What operators and game servers ask: whether it lives, and the keys that tickets are signed with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from lobby.auth.ticket_keys import CACHE_S


def add_operator_routes(app: FastAPI, key_set: Callable[[], dict[str, Any]]) -> None:
    @app.get("/healthz", tags=["operators"])
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/.well-known/jwks.json", tags=["game servers"])
    async def jwks() -> JSONResponse:
        """The public keys of session tickets, as a JSON Web Key Set: the one that signs now, the next, and the last."""
        return JSONResponse(key_set(), headers={"cache-control": f"public, max-age={CACHE_S}"})
