"""What the OpenAPI document says of each path: its answers, all of them, with examples."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPBearer

from lobby.http.rest.problems import MEDIA_TYPE, Problem, problem
from lobby.http.rest.statuses import OF_REJECTION

_ANY = {400, 408, 413, 414, 415, 429, 500, 503}
"""What any request may come to."""
OPEN_TO_ALL = frozenset(_ANY)
READS = frozenset({*_ANY, 401, 403, 404})
CHANGES = frozenset({*READS, *OF_REJECTION.values()})

_BEARER = HTTPBearer(auto_error=False, description="A player's access token, as GraphQL's `signInAsGuest` gives it.")
_REFERENCE = "#/components/schemas/{model}"
_UNTOLD = {
    400: "INVALID_INPUT",
    401: "UNAUTHENTICATED",
    403: "FORBIDDEN",
    408: "REQUEST_TIMEOUT",
    413: "LIMIT_EXCEEDED",
    414: "LIMIT_EXCEEDED",
    415: "UNSUPPORTED_MEDIA_TYPE",
    500: "INTERNAL",
}
"""Codes that are no rule's."""


def documented(
    operation_id: str, statuses: frozenset[int], field: str = "", leads_to: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Arguments for a route that may answer problems of these statuses. `leads_to`: operations that take that field of the
    answer."""
    answers: dict[int | str, Any] = {status: _problem(status) for status in sorted(statuses)}
    if leads_to:
        taken = {field: f"$response.body#/{field}"}
        links = {operation: {"operationId": operation, "parameters": taken} for operation in leads_to}
        answers[200] = {"description": "OK", "links": links}
    bearer = [] if statuses == OPEN_TO_ALL else [Depends(_BEARER)]
    summary = operation_id.replace("_", " ").capitalize()
    return {"operation_id": operation_id, "summary": summary, "responses": answers, "dependencies": bearer}


def complete_document(app: FastAPI, is_open: bool) -> None:
    """Put the problem's schema into the document of `app`, and take out FastAPI's own answer to bad requests. `is_open`:
    whether credentials may be left out."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            app.openapi_schema = _completed(made, is_open)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _completed(document: dict[str, Any], is_open: bool) -> dict[str, Any]:
    schemas = document["components"]["schemas"]
    own = Problem.model_json_schema(ref_template=_REFERENCE)
    schemas |= own.pop("$defs")
    schemas["Problem"] = own
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for methods in document["paths"].values():
        for operation in methods.values():
            if MEDIA_TYPE not in operation["responses"].get("422", {}).get("content", {}):
                operation["responses"].pop("422", None)
            if is_open and "security" in operation:
                operation["security"].append({})
    return document


def _problem(status: int) -> dict[str, Any]:
    codes = [code.value for code, of in OF_REJECTION.items() if of == status]
    if status in _UNTOLD and _UNTOLD[status] not in codes:
        codes.append(_UNTOLD[status])
    example = problem(status, codes[0], "What happened, for people.")
    schema = {"$ref": _REFERENCE.format(model="Problem")}
    return {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(codes)}",
        "content": {MEDIA_TYPE: {"schema": schema, "example": example.model_dump()}},
    }
