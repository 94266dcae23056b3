"""REST as a whole."""

from __future__ import annotations

from fastapi import FastAPI

from lobby.http.callers import Callers
from lobby.http.limits import HTTPLimits
from lobby.http.origins import Origins
from lobby.http.rest.asking import Asking
from lobby.http.rest.docs_page import add_docs_page
from lobby.http.rest.documented import complete_document
from lobby.http.rest.faults import answer_faults
from lobby.http.rest.gate import Gate
from lobby.http.rest.parties import PartyRoutes
from lobby.http.rest.sessions import SessionRoutes

DESCRIPTION = (
    "Parties and sessions over plain HTTP, under the same rules as over GraphQL. `/updates` is the WebSocket beside it; "
    "docs/rest.md and docs/updates.md tell both from the start."
)
OPEN_NOTICE = (
    "REST and /updates are open (LOBBY_OPEN_REST): whoever reaches this port acts as any player_id, makes parties, and starts "
    "sessions as the leader of guests' parties. For trusted networks only."
)


def add_rest_routes(app: FastAPI, callers: Callers, origins: Origins, limits: HTTPLimits | None = None) -> None:
    app.description = DESCRIPTION
    asking = Asking(callers, origins.may_connect)
    app.include_router(PartyRoutes(asking).router)
    app.include_router(SessionRoutes(asking).router)
    add_docs_page(app)
    answer_faults(app)
    complete_document(app, callers.is_open)
    app.add_middleware(Gate, limits, callers.settle)
    app.add_middleware(origins.with_cors)
