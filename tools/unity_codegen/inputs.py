"""Inputs: what a game fills in. Null is left out, which the server takes for its default, or for no change."""

from __future__ import annotations

from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_required_input_field,
)

from unity_codegen.leaves import leaf
from unity_codegen.names import member_name, type_name
from unity_codegen.source import block, literal, source, summary

IDEMPOTENCY_KEY = "idempotencyKey"
_KEY_COMMENT = (
    "Made by the client, one for each call, and kept while it tries again. Set it to repeat a call whose outcome is open: "
    "LobbyException.IdempotencyKey has the one to use."
)


def input_source(kind: GraphQLInputObjectType) -> str:
    is_idempotent = IDEMPOTENCY_KEY in kind.fields
    body: list[str] = []
    for name, field in kind.fields.items():
        said = _KEY_COMMENT if name == IDEMPOTENCY_KEY else field.description or ""
        if is_required(field):
            said = f"Required. {said}".strip()
        body += [
            *summary(said),
            f"public {input_type(field.type, is_required(field))} {member_name(name)} {{ get; set; }}",
            "",
        ]
    body += _write(kind, is_idempotent)
    contract = "IIdempotentInput" if is_idempotent else "IJsonWritable"
    head = f"public sealed class {type_name(kind.name)} : {contract}"
    return source([*summary(kind.description or ""), *block(head, body)], ["System.Collections.Generic"])


def is_required(field: GraphQLInputField) -> bool:
    """A field with a default of the schema's need not be given."""
    return is_required_input_field(field)


def input_type(type_: GraphQLInputType, is_required: bool) -> str:
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    named = get_named_type(inner)
    if isinstance(inner, GraphQLList):
        return f"IReadOnlyList<{type_name(named.name)}>"
    if isinstance(named, GraphQLInputObjectType):
        return type_name(named.name)
    return leaf(named).type if is_required else leaf(named).nullable


def write_member(name: str, value: str, type_: GraphQLInputType, is_required: bool) -> str:
    """C# that writes one member of an object to `writer`."""
    named = get_named_type(type_)
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(named, GraphQLEnumType):
        value = f"{type_name(named.name)}Words.Word({value})"
    is_text = not isinstance(named, GraphQLInputObjectType) and not isinstance(inner, GraphQLList)
    needs_check = is_required and is_text and (isinstance(named, GraphQLEnumType) or not leaf(named).is_value)
    return f"writer.{'Required' if needs_check else 'Member'}({literal(name)}, {value});"


def _write(kind: GraphQLInputObjectType, is_idempotent: bool) -> list[str]:
    lines = ["writer.BeginObject();"]
    for name, field in kind.fields.items():
        value = IDEMPOTENCY_KEY if name == IDEMPOTENCY_KEY else member_name(name)
        lines.append(write_member(name, value, field.type, is_required(field)))
    lines.append("writer.EndObject();")
    if not is_idempotent:
        return block("public void Write(JsonWriter writer)", lines)
    return [
        *block("public void Write(JsonWriter writer)", [f"Write(writer, {member_name(IDEMPOTENCY_KEY)});"]),
        "",
        *summary("With another key in place of its own."),
        *block("public void Write(JsonWriter writer, string idempotencyKey)", lines),
    ]
