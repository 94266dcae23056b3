"""GraphiQL and the reference of REST for a browser: the pages at `/graphql` and `/docs`, the files that they load from
`/graphiql/`, and the example operations.

Pages and files are plain ASGI apps. `scripts/graphiql` bundles the pages; they load nothing from another origin. The examples
are the documents of the clients, in an order in which they work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec
from anyio import to_thread
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    is_required_input_field,
    parse,
    type_from_ast,
)
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from web.graphql.execution.client_documents import client_documents

SOURCES = Path(__file__).parent / "frontend"
DIST = SOURCES / "dist"
QUERIES = Path(__file__).parents[3] / "client_queries"
MISSING = "This page is not built: run scripts/graphiql, then open it again."

_CONTENT_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
# Matches only plain names in the folder: no slash, and no dot at the start.
_ASSET_NAME = re.compile(r"\w[\w.-]*\.(js|css|svg|txt)", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d+)?|\[[0-9A-Fa-f:.]+\](?::\d+)?")
_COMMON_HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
_CACHE_FOREVER = "public, max-age=31536000, immutable"


def graphiql_missing(dist: Path = DIST) -> str | None:
    """A line that says what to run if GraphiQL has not been built; None if it has."""
    return None if (dist / "index.html").is_file() else MISSING


class BuiltPage:
    """A page that was built. It answers the GETs of browsers on any path."""

    def __init__(self, file: str, path: str, policy: Callable[[str | None], str], dist: Path = DIST) -> None:
        """`path`: that of the page, without a slash. `policy` makes its Content-Security-Policy from the Host header."""
        self._file = file
        self._path = path
        self._policy = policy
        self._dist = dist

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _send_response(await self._response(scope), scope, receive, send)

    async def _response(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return _error_response(405)
        if scope["path"].endswith("/"):
            return RedirectResponse(
                f"../{self._path}"
            )  # the page's own addresses are relative to a path without a slash
        headers = {
            "content-security-policy": self._policy(Headers(scope=scope).get("host")),
            "cache-control": "no-cache",
        }
        if not (self._dist / self._file).is_file():
            return Response(MISSING, 503, {**_COMMON_HEADERS, **headers}, "text/plain")
        return await _file_response(self._dist / self._file, scope, "text/html; charset=utf-8", headers.items())


class GraphiQLPage(BuiltPage):
    def __init__(self, dist: Path = DIST) -> None:
        super().__init__("index.html", "graphql", content_security_policy, dist)


class ReferencePage(BuiltPage):
    """The reference of REST at `/docs`: Swagger UI, which is built with GraphiQL and shares its guest."""

    def __init__(self, dist: Path = DIST) -> None:
        super().__init__("reference.html", "docs", reference_policy, dist)


class GraphiQLAssets:
    """The files that the pages load: the built ones, which browsers may cache without a limit because their names
    contain their hash, and `examples.json`. Mounted at `/graphiql`; that path itself redirects to the page."""

    def __init__(self, read_examples: Callable[[], Sequence[Example]] | None, dist: Path = DIST) -> None:
        """`read_examples` None: there is no GraphiQL, and the files are for the reference of REST alone. Else it is called at the
        first request for the examples."""
        self._dist = dist
        self._examples = cache(lambda: msgspec.json.encode(read_examples())) if read_examples is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _send_response(await self._response(scope), scope, receive, send)

    async def _response(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return _error_response(405)
        _, slash, name = scope["path"].rpartition("/graphiql/")
        if self._examples is None and (not slash or name in ("", "examples.json")):
            return _error_response(404)
        if not slash or name == "":
            return RedirectResponse("../graphql" if slash else "graphql")
        if name == "examples.json" and self._examples is not None:
            headers = {**_COMMON_HEADERS, "cache-control": "no-cache"}
            return Response(self._examples(), headers=headers, media_type="application/json")
        asset = _ASSET_NAME.fullmatch(name)
        if asset is None:
            return _error_response(404)
        headers = {"cache-control": _CACHE_FOREVER, "content-security-policy": "default-src 'none'"}
        return await _file_response(self._dist / name, scope, _CONTENT_TYPES[asset[1]], headers.items())


def content_security_policy(host: str | None) -> str:
    """The page's Content-Security-Policy. `host` is the request's Host header.

    Monaco 0.52 creates style elements and style attributes while it runs, hence 'unsafe-inline' for styles, and draws with data:
    fonts and images. Safari before 15.4 does not count a page's own WebSockets as 'self', so the policy names them.
    """
    sockets = f" ws://{host} wss://{host}" if host and _HOST.fullmatch(host) else ""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "worker-src": "'self'",
        "connect-src": f"'self'{sockets}",
        "style-src": "'self' 'unsafe-inline'",
        "font-src": "'self' data:",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return _join_policy(policy)


def reference_policy(host: str | None) -> str:
    """The Content-Security-Policy of the reference of REST. Swagger UI 5.35 sets styles by script, which needs no permission, and
    has its icons as data: images."""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "connect-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return _join_policy(policy)


def _join_policy(policy: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {sources}" for name, sources in policy.items())


async def _file_response(path: Path, scope: Scope, content_type: str, headers: Iterable[tuple[str, str]]) -> Response:
    """The file, or the .gz file beside it if the client accepts gzip; 404 if there is no such file."""
    is_gzip = _accepts_gzip(Headers(scope=scope))
    try:
        body = await to_thread.run_sync(path.with_name(path.name + ".gz" * is_gzip).read_bytes)
    except OSError:
        return _error_response(404)
    encoding = {"content-encoding": "gzip"} if is_gzip else {}
    fixed = {**_COMMON_HEADERS, "content-type": content_type, "vary": "accept-encoding"}
    return Response(body, headers={**fixed, **encoding, **dict(headers)})


def _accepts_gzip(headers: Headers) -> bool:
    encodings = [part.replace(" ", "") for part in headers.get("accept-encoding", "").lower().split(",")]
    return "gzip" in encodings or any(re.fullmatch(r"gzip;q=(1(\.0*)?|0\.\d*[1-9]\d*)", part) for part in encodings)


def _error_response(status: int) -> Response:
    allow = {"allow": "GET, HEAD"} if status == 405 else {}
    return Response(status_code=status, headers={**_COMMON_HEADERS, **allow})


async def _send_response(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["method"] == "HEAD":
        response.body = b""  # The headers, content-length among them, stay those of the GET.
    await response(scope, receive, send)


OTHER_GROUP = "More"


class _Step(msgspec.Struct, forbid_unknown_fields=True):
    """One entry of `journey.json`: an operation, its variables, and whether it is open at the start."""

    operation: str
    opens: bool = False
    variables: dict[str, Any] = {}


class _Group(msgspec.Struct, forbid_unknown_fields=True):
    group: str
    examples: list[_Step]


class Example(msgspec.Struct, frozen=True):
    """A complete document with variables to run it. The page replaces `{{name}}` in the variables.

    `note` is the comment at the start of the document, as one line.
    """

    operation: str
    group: str
    note: str
    opens: bool
    document: str
    variables: Mapping[str, Any]


def read_examples(journey: Path, queries: Path, schema: GraphQLSchema) -> list[Example]:
    """The examples in the order of `journey`, then the documents of `queries` that it does not name.

    The latter get the variables that `schema` requires: placeholders where the page knows the value, else any value.
    Raises `KeyError` if the journey names an operation that no document has.
    """
    documents = client_documents(queries)
    ordered = [_example(group, step, documents.pop(step.operation)) for group, step in _steps(journey)]
    rest = [
        _example(OTHER_GROUP, _Step(name, variables=_required_variables(schema, text)), text)
        for name, text in documents.items()
    ]
    return ordered + rest


def _required_variables(schema: GraphQLSchema, document: str) -> dict[str, Any]:
    """A value for each required variable of the operation."""
    operation = parse(document).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    types = {
        node.variable.name.value: type_from_ast(schema, node.type)
        for node in operation.variable_definitions or ()
        if node.default_value is None
    }
    return {name: _any_value(name, type_) for name, type_ in types.items() if isinstance(type_, GraphQLNonNull)}


def _any_value(name: str, type_: Any) -> Any:
    """A value of an input type, for the variable or field `name`."""
    if isinstance(type_, GraphQLNonNull):
        return _any_value(name, type_.of_type)
    if isinstance(type_, GraphQLList):
        return [_any_value(name, type_.of_type)]
    if isinstance(type_, GraphQLInputObjectType):
        required = ((key, field) for key, field in type_.fields.items() if is_required_input_field(field))
        return {key: _any_value(key, field.type) for key, field in required}
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    return _PLACEHOLDERS.get(name) or _SCALARS.get(type_.name, "text")


_PLACEHOLDERS = {
    "partyId": "{{partyId}}",
    "sessionId": "{{sessionId}}",
    "playerId": "{{otherPlayerId}}",
    "joinCode": "{{joinCode}}",
    "settingsVersion": "{{settingsVersion}}",
    "idempotencyKey": "{{uuid}}",
}
"""Variables and fields whose values the page remembers, see `placeholders.js`."""
_SCALARS: dict[str, Any] = {"Int": 1, "Float": 1.0, "Boolean": True}


def _steps(journey: Path) -> Iterator[tuple[str, _Step]]:
    for group in msgspec.json.decode(journey.read_bytes(), type=list[_Group]):
        for step in group.examples:
            yield group.group, step


def _example(group: str, step: _Step, text: str) -> Example:
    lines = text.splitlines()
    comment = list(takewhile(lambda line: line.startswith("#"), lines))
    note = " ".join(line.lstrip("# ") for line in comment)
    return Example(step.operation, group, note, step.opens, text, step.variables)
