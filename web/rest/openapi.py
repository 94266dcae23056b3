"""The OpenAPI document of REST (every response of each path, with an example)."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPBearer

from web.graphql.execution.documents import offload
from web.graphql.execution.result import encode_json
from web.rest.errors import MEDIA_TYPE, STATUS_OF_REJECTION, Problem, codes_of, problem

_ANY_REQUEST = {400, 408, 413, 414, 415, 429, 500, 503}
OPEN_TO_ALL = frozenset(_ANY_REQUEST)
READS = frozenset({*_ANY_REQUEST, 401, 403, 404})
CHANGES = frozenset({*READS, *STATUS_OF_REJECTION.values()})
"""The error statuses of requests: those without credentials, those that read, those that change something."""

_BEARER = HTTPBearer(auto_error=False, description="A player's access token, from the mutation `signInAsGuest`.")
_REFERENCE = "#/components/schemas/{model}"


def documented(
    operation_id: str, statuses: frozenset[int], field: str = "", leads_to: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Arguments for a route whose problems have these statuses. `leads_to`: operations that take `field` of the response."""
    responses: dict[int | str, Any] = {status: _problem(status) for status in sorted(statuses)}
    if leads_to:
        taken = {field: f"$response.body#/{field}"}
        links = {operation: {"operationId": operation, "parameters": taken} for operation in leads_to}
        responses[200] = {"description": "OK", "links": links}
    bearer = [] if statuses == OPEN_TO_ALL else [Depends(_BEARER)]
    summary = operation_id.replace("_", " ").capitalize()
    return {"operation_id": operation_id, "summary": summary, "responses": responses, "dependencies": bearer}


def add_document(app: FastAPI, is_open: bool) -> None:
    """Serve the document of `app`. `is_open`: credentials may be left out.

    It is made when it is first asked for, beside the event loop, because that takes 140 ms. It is encoded once, too: 68 KB take
    1 ms.
    """
    encoded: dict[str, bytes] = {}
    """By the prefix of all paths, of which a server has one."""
    making: asyncio.Task[dict[str, Any]] | None = None

    def make() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            app.openapi_schema = _complete(made, is_open)
        return app.openapi_schema

    async def show(request: Request) -> Response:
        nonlocal making
        prefix = request.scope["root_path"]
        if prefix not in encoded:
            if making is None or making.done():
                making = asyncio.create_task(offload(make), name="the OpenAPI document")
            document = await asyncio.shield(making)
            servers = {"servers": [{"url": prefix}]} if prefix else {}
            encoded[prefix] = encode_json({**document, **servers})
        return Response(encoded[prefix], media_type="application/json")

    app.openapi = make  # type: ignore[method-assign]
    app.add_api_route("/openapi.json", show, include_in_schema=False)


def _complete(document: dict[str, Any], is_open: bool) -> dict[str, Any]:
    """`document` with the schema of problems, and without FastAPI's own answer to invalid requests."""
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
    codes = codes_of(status)
    example = problem(status, codes[0], "What happened, for people.")
    schema = {"$ref": _REFERENCE.format(model="Problem")}
    return {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(codes)}",
        "content": {MEDIA_TYPE: {"schema": schema, "example": example.model_dump()}},
    }
