"""GraphiQL and the reference of REST for a browser: the pages at `/graphql` and `/docs`, the files that they load from
`/graphiql/`, and the example operations.

`scripts/graphiql` bundles the pages; they load nothing from another origin. The examples are the documents of the clients, in an
order in which they work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec
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
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from web.graphql.execution.client_documents import client_documents
from web.http.built_pages import COMMON_HEADERS, BuiltFiles, BuiltPage, error_response, join_policy, sockets_of

SOURCES = Path(__file__).parent / "frontend"
DIST = SOURCES / "dist"
QUERIES = Path(__file__).parents[3] / "client_queries"
MISSING = "This page is not built: run scripts/graphiql, then open it again."


def graphiql_missing(dist: Path = DIST) -> str | None:
    """A line that says what to run if GraphiQL has not been built; None if it has."""
    return None if (dist / "index.html").is_file() else MISSING


class GraphiQLPage(BuiltPage):
    def __init__(self, dist: Path = DIST) -> None:
        super().__init__("index.html", "graphql", content_security_policy, MISSING, dist)


class ReferencePage(BuiltPage):
    """The reference of REST at `/docs`: Swagger UI, which is built with GraphiQL and shares its guest."""

    def __init__(self, dist: Path = DIST) -> None:
        super().__init__("reference.html", "docs", reference_policy, MISSING, dist)


class GraphiQLAssets(BuiltFiles):
    """The files of the pages, and `examples.json`. Mounted at `/graphiql`; that path itself redirects to the page."""

    def __init__(self, read_examples: Callable[[], Sequence[Example]] | None, dist: Path = DIST) -> None:
        """`read_examples` None: there is no GraphiQL, and the files are for the reference of REST alone. Else it is called at the
        first request for the examples."""
        super().__init__("graphiql", dist)
        self._examples = cache(lambda: msgspec.json.encode(read_examples())) if read_examples is not None else None

    async def response(self, scope: Scope, name: str | None) -> Response:
        if self._examples is None and name in (None, "", "examples.json"):
            return error_response(404)
        if not name:
            return RedirectResponse("graphql" if name is None else "../graphql")
        if name == "examples.json" and self._examples is not None:
            headers = {**COMMON_HEADERS, "cache-control": "no-cache"}
            return Response(self._examples(), headers=headers, media_type="application/json")
        return await super().response(scope, name)


def content_security_policy(host: str | None) -> str:
    """The page's Content-Security-Policy. `host` is the request's Host header.

    Monaco 0.52 creates style elements and style attributes while it runs, so styles need 'unsafe-inline', and draws with data:
    fonts and images.
    """
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "worker-src": "'self'",
        "connect-src": f"'self'{sockets_of(host)}",
        "style-src": "'self' 'unsafe-inline'",
        "font-src": "'self' data:",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return join_policy(policy)


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
    return join_policy(policy)


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
