"""TypeScript types of scalars, enums, inputs and answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from textwrap import wrap

from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    is_required_input_field,
)

from tools.unity_codegen.selections import Answer, Member

_RENAMED = {"Attribute": "LobbyAttribute"}
"""The name that the first version had."""
_SCALARS = {
    "ID": "string",
    "String": "string",
    "Cursor": "string",
    "DateTime": "string",
    "Int": "number",
    "Boolean": "boolean",
}
"""A DateTime is a text in ISO 8601: `new Date(text)`."""
_COMMENT_CHARS_MAX = 110
_KEY = "idempotencyKey"
_KEY_COMMENT = "The client makes one for each call. Set that of a LobbyError to repeat a call whose outcome is unknown."


def comment(text: str, indent: str = "") -> list[str]:
    """A documentation comment; no lines without a text."""
    words = " ".join(text.split()).replace("*/", "* /")
    if not words:
        return []
    lines = wrap(words, _COMMENT_CHARS_MAX, break_long_words=False, break_on_hyphens=False)
    if len(lines) == 1:
        return [f"{indent}/** {lines[0]} */"]
    return [f"{indent}/**", *(f"{indent} * {line}" for line in lines), f"{indent} */"]


def type_name(name: str) -> str:
    """The name of a type of the schema. An import can rename it, so it has no prefix as in C#."""
    return _RENAMED.get(name, name)


def enum_type(enum: GraphQLEnumType) -> list[str]:
    values = " | ".join(f'"{value}"' for value in enum.values)
    return [*comment(enum.description or ""), *_broken(f"export type {type_name(enum.name)} = ", values)]


def input_type(kind: GraphQLInputObjectType) -> list[str]:
    lines = [*comment(kind.description or ""), f"export interface {type_name(kind.name)} {{"]
    for name, field in kind.fields.items():
        lines += comment(_KEY_COMMENT if name == _KEY else field.description or "", "  ")
        lines.append(f"  {input_member(name, field)}")
    return [*lines, "}"]


def input_member(name: str, field: GraphQLInputField) -> str:
    return argument(name, field.type, is_required_input_field(field))


def argument(name: str, type_: GraphQLInputType, is_required: bool) -> str:
    """`name: string;`, or `name?: string | null;`."""
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    text = _input_text(inner)
    return f"{name}: {text};" if is_required else f"{name}?: {text} | null;"


def answer_type(answer: Answer, schema: GraphQLSchema) -> list[str]:
    described = comment(answer.type.description or "")
    if isinstance(answer.type, GraphQLInterfaceType):
        return _union_of_kinds(answer, answer.type, schema, described)
    body = [line for member in answer.members.values() for line in _member(answer, member, "  ")]
    return [*described, f"export interface {answer.name} {{", *body, "}"]


def output_text(type_: GraphQLOutputType, of: str | None) -> str:
    """The type of a field, with `| null` where it may be null."""
    if isinstance(type_, GraphQLNonNull):
        return _inner_text(type_.of_type, of)
    return f"{_inner_text(type_, of)} | null"


def _inner_text(type_: GraphQLOutputType, of: str | None) -> str:
    if isinstance(type_, GraphQLList):
        element = output_text(type_.of_type, of)
        return f"readonly ({element})[]" if " " in element else f"readonly {element}[]"
    named = get_named_type(type_)
    return of or _SCALARS.get(named.name) or type_name(named.name)


def _input_text(type_: GraphQLInputType) -> str:
    if isinstance(type_, GraphQLList):
        return f"readonly {_input_text(type_.of_type.of_type)}[]"
    named = get_named_type(type_)
    return _SCALARS.get(named.name) or type_name(named.name)


def _member(answer: Answer, member: Member, indent: str, is_there: bool | None = None) -> list[str]:
    always = answer.always(member) if is_there is None else is_there
    text = member.description if always else f"{member.description} Not in all operations.".strip()
    mark = "" if always else "?"
    return [*comment(text, indent), f"{indent}readonly {member.name}{mark}: {output_text(member.type, member.of)};"]


def _union_of_kinds(
    answer: Answer, interface: GraphQLInterfaceType, schema: GraphQLSchema, described: Sequence[str]
) -> list[str]:
    """A union over `__typename`, of what all types have and what each one has."""
    shared = [member for member in answer.members.values() if not member.kinds]
    lines = [f"export interface {answer.name}Fields {{"]
    lines += [line for member in shared for line in _member(answer, member, "  ", True)]
    lines += ["}", "", *described, f"export type {answer.name} = {answer.name}Fields & ("]
    for kind in sorted(schema.get_possible_types(interface), key=lambda type_: type_.name):
        own = [member for member in answer.members.values() if kind.name in member.kinds]
        lines += [*comment(kind.description or "", "  "), "  | {", f'      readonly __typename: "{kind.name}";']
        lines += [line for member in own for line in _member(answer, member, "      ", True)]
        lines.append("    }")
    return [*lines, ");"]


def _broken(head: str, alternatives: str) -> list[str]:
    """One line, or one line for each alternative."""
    if len(head) + len(alternatives) <= _COMMENT_CHARS_MAX:
        return [f"{head}{alternatives};"]
    each: Iterable[str] = re.split(r" \| ", alternatives)
    lines = [f"  | {alternative}" for alternative in each]
    return [head.rstrip(), *lines[:-1], f"{lines[-1]};"]
