"""C# classes of inputs. They omit null members, for which the server uses its default or changes nothing."""

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

from tools.unity_codegen.csharp import (
    auto_property,
    block,
    leaf,
    literal,
    member_name,
    source,
    summary,
    type_name,
    words,
)

IDEMPOTENCY_KEY = "idempotencyKey"
_KEY_COMMENT = (
    "The client creates a key for each call and uses it for all attempts. Set it to repeat a call whose outcome is unknown, "
    "with the key of LobbyException.IdempotencyKey."
)

_WRITE_COMMENT = "Writes the input as a JSON object, without members that are null."


def input_source(kind: GraphQLInputObjectType) -> str:
    is_idempotent = IDEMPOTENCY_KEY in kind.fields
    body: list[str] = []
    for name, field in kind.fields.items():
        text = _KEY_COMMENT if name == IDEMPOTENCY_KEY else field.description or ""
        if is_required(field):
            text = f"Required. {text or words(name)}"
        body += [
            *summary(text or words(name)),
            auto_property(input_type(field.type, is_required(field)), member_name(name), "set", _is_value(field.type)),
            "",
        ]
    body += _write(kind, is_idempotent)
    contract = "IIdempotentInput" if is_idempotent else "ILobbyJsonWritable"
    head = f"public sealed class {type_name(kind.name)} : {contract}"
    return source(
        [*summary(kind.description or f"The input {kind.name}."), *block(head, body)], ["System.Collections.Generic"]
    )


def is_required(field: GraphQLInputField) -> bool:
    """False for a field with a default in the schema."""
    return is_required_input_field(field)


def input_type(type_: GraphQLInputType, is_required: bool) -> str:
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    named = get_named_type(inner)
    mark = "" if is_required else "?"
    if isinstance(inner, GraphQLList):
        element = type_name(named.name) if isinstance(named, GraphQLInputObjectType) else leaf(named).type
        return f"IReadOnlyList<{element}>{mark}"
    if isinstance(named, GraphQLInputObjectType):
        return f"{type_name(named.name)}{mark}"
    return leaf(named).type if is_required else leaf(named).nullable


def _is_value(type_: GraphQLInputType) -> bool:
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    named = get_named_type(inner)
    return not isinstance(inner, GraphQLList) and not isinstance(named, GraphQLInputObjectType) and leaf(named).is_value


def write_member(name: str, value: str, type_: GraphQLInputType, is_required: bool) -> str:
    """The C# statement that writes one member of an object to `writer`."""
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
        return [*summary(_WRITE_COMMENT), *block("public void Write(LobbyJsonWriter writer)", lines)]
    return [
        *summary(_WRITE_COMMENT),
        *block("public void Write(LobbyJsonWriter writer)", [f"Write(writer, {member_name(IDEMPOTENCY_KEY)});"]),
        "",
        *summary("Writes the input with another key in place of its own."),
        *block("public void Write(LobbyJsonWriter writer, string? idempotencyKey)", lines),
    ]
