"""Every place of the API that takes a text, found in the GraphQL schema and in the OpenAPI document.

A place turns a text into a request. No list of places is kept by hand, so a new field is fuzzed as soon as the schema has it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    Undefined,
    build_schema,
    get_named_type,
    is_leaf_type,
)

SDL = Path(__file__).parents[2] / "schema/schema.graphql"
NO_TEXTS = frozenset({"Int", "Float", "Boolean"})
"""Scalars whose values are no texts."""
TRUE_FIELDS = frozenset({"leaveCurrent", "leave_current"})
"""Optional fields that are set, so that a player who is in a party can still create and join others."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    body: bytes | None = None


Place = Callable[[str], Request]


def graphql_request(document: str, text: str | None = None, **more: object) -> Request:
    """A GraphQL request with `text` as the variable `t`."""
    variables = {} if text is None else {"variables": {"t": text}}
    return Request("POST", "/graphql", encode({"query": document, **variables, **more}))


def graphql_places(schema: GraphQLSchema) -> dict[str, Place]:
    """By name, such as `createParty.input.settings.name`: every text in the arguments of queries and mutations."""
    return {name: _graphql_place(document) for name, document in graphql_documents(schema, "query", "mutation").items()}


def graphql_documents(schema: GraphQLSchema, *kinds: str) -> dict[str, str]:
    """By name of the place: a document with the text as its variable `t`. `kinds`: query, mutation or subscription."""
    roots = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    return {
        name: document
        for kind in kinds
        if (root := roots[kind]) is not None
        for name, document in _documents(kind, root)
    }


def read_schema() -> GraphQLSchema:
    return build_schema(SDL.read_text(encoding="utf-8"))


def rest_places(document: Mapping[str, Any]) -> dict[str, Place]:
    """By name, such as `post /party body.settings.name`: every text in the paths, queries and bodies of an OpenAPI document.

    Texts in headers are left out: HTTP allows no such characters in them.
    """
    return {
        f"{method} {path} {place}": make
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for place, make in _rest_operation(document, method.upper(), path, operation)
    }


def encode(value: object) -> bytes:
    """JSON in UTF-8. Only texts that UTF-8 cannot encode are escaped: escapes could make a body too long to be read."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def _graphql_place(document: str) -> Place:
    return lambda text: graphql_request(document, text)


def _documents(kind: str, root: GraphQLObjectType) -> Iterator[tuple[str, str]]:
    for name, field in root.fields.items():
        selection = "" if is_leaf_type(get_named_type(field.type)) else "{__typename}"
        for argument, definition in field.args.items():
            for path, literal, variable in _texts(definition.type):
                others = {
                    other: _minimal(each.type)
                    for other, each in field.args.items()
                    if other != argument and isinstance(each.type, GraphQLNonNull)
                }
                arguments = _fields({argument: literal, **others})
                yield f"{name}.{argument}{path}", f"{kind}($t:{variable}!){{{name}({arguments}){selection}}}"


def _texts(kind: GraphQLInputType) -> Iterator[tuple[str, str, str]]:
    """Each text in an input type: its path, a literal of the type with `$t` in its place, and the type of `$t`."""
    if isinstance(kind, GraphQLNonNull):
        yield from _texts(kind.of_type)
    elif isinstance(kind, GraphQLList):
        for path, literal, variable in _texts(kind.of_type):
            yield f"[]{path}", f"[{literal}]", variable
    elif isinstance(kind, GraphQLInputObjectType):
        for name, field in kind.fields.items():
            for path, literal, variable in _texts(field.type):
                yield f".{name}{path}", f"{{{_fields({**_required(kind, but=name), name: literal})}}}", variable
    elif isinstance(kind, GraphQLScalarType) and kind.name not in NO_TEXTS:
        yield "", "$t", kind.name


def _required(kind: GraphQLInputObjectType, but: str = "") -> dict[str, str]:
    """Literals for the fields of an input object that must be there, and for `TRUE_FIELDS`."""
    required = {
        name: _minimal(field.type)
        for name, field in kind.fields.items()
        if name != but and isinstance(field.type, GraphQLNonNull) and field.default_value is Undefined
    }
    return required | {name: "true" for name in kind.fields if name in TRUE_FIELDS}


def _minimal(kind: GraphQLInputType) -> str:
    """A short valid literal."""
    if isinstance(kind, GraphQLNonNull):
        return _minimal(kind.of_type)
    if isinstance(kind, GraphQLList):
        return "[]"
    if isinstance(kind, GraphQLInputObjectType):
        return f"{{{_fields(_required(kind))}}}"
    if isinstance(kind, GraphQLEnumType):
        return str(next(iter(kind.values)))
    return {"Int": "1", "Float": "1", "Boolean": "false", "DateTime": '"2026-01-01T00:00:00Z"'}.get(kind.name, '"x"')


def _fields(literals: Mapping[str, str]) -> str:
    return ",".join(f"{name}:{literal}" for name, literal in literals.items())


def _rest_operation(
    document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]
) -> Iterator[tuple[str, Place]]:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] in ("path", "query") and _takes_text(parameter["schema"]):
            yield f"{parameter['in']}.{parameter['name']}", _parameter_place(method, path, parameter)
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is not None:
        for keys in _rest_texts(document, content["schema"]):
            yield f"body.{'.'.join(keys)}", _body_place(method, path, keys)


def _takes_text(schema: Mapping[str, Any]) -> bool:
    return any(each.get("type") == "string" for each in (schema, *schema.get("anyOf", ())))


def _parameter_place(method: str, path: str, parameter: Mapping[str, Any]) -> Place:
    name = parameter["name"]
    if parameter["in"] == "path":
        return lambda text: Request(method, _fill(path.replace(f"{{{name}}}", _quote(text))))
    return lambda text: Request(method, f"{_fill(path)}?{name}={_quote(text)}")


def _body_place(method: str, path: str, keys: tuple[str, ...]) -> Place:
    def request(text: str) -> Request:
        value: object = text
        for key in reversed(keys):
            value = [value] if key == "[]" else {key: value}
        return Request(method, _fill(path), encode(value))

    return request


def _rest_texts(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The keys that lead to each text in a JSON schema; `[]` is the first item of a list."""
    reference = schema.get("$ref")
    if reference is not None:
        yield from _rest_texts(document, document["components"]["schemas"][reference.rpartition("/")[2]])
    if schema.get("type") == "string":
        yield ()
    for each in schema.get("anyOf", ()):
        yield from _rest_texts(document, each)
    for name, each in schema.get("properties", {}).items():
        yield from ((name, *keys) for keys in _rest_texts(document, each))
    if "items" in schema:
        yield from (("[]", *keys) for keys in _rest_texts(document, schema["items"]))


def _fill(path: str) -> str:
    """Replace the parameters that are left in a path."""
    return "/".join("x" if part.startswith("{") else part for part in path.split("/"))


def _quote(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")
