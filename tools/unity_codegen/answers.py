"""Classes that are read from answers."""

from __future__ import annotations

from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    get_named_type,
)

from unity_codegen.leaves import leaf
from unity_codegen.names import member_name
from unity_codegen.shapes import Answer, Member
from unity_codegen.source import block, source, summary

_SYSTEM = ("System", "System.Collections.Generic")


def answer_source(answer: Answer) -> str:
    body = [*_kind_members(answer)]
    for member in answer.members.values():
        body += [*_property(answer, member), ""]
    body += _read(answer)
    described = summary(answer.type.description or "")
    return source([*described, *block(f"public sealed class {answer.name}", body)], _SYSTEM)


def kind_enum(answer: Answer) -> str | None:
    """The enum that tells apart what a class of an interface stands for."""
    return f"{answer.name}Kind" if isinstance(answer.type, GraphQLInterfaceType) else None


def csharp_type(type_: GraphQLOutputType, of: str | None, is_there: bool = True) -> str:
    """`is_there`: whether it is null only where the schema says so."""
    if isinstance(type_, GraphQLNonNull):
        inner = type_.of_type
    else:
        inner, is_there = type_, False
    if isinstance(inner, GraphQLList):
        return f"IReadOnlyList<{csharp_type(inner.of_type, of)}>"
    if of is not None:
        return of
    known = leaf(get_named_type(inner))
    return known.type if is_there else known.nullable


def read_expression(type_: GraphQLOutputType, of: str | None) -> str:
    """C# that reads a value of the type from `reader`."""
    is_there = isinstance(type_, GraphQLNonNull)
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(inner, GraphQLList):
        # A lambda, not the method itself: C# keeps the delegate of a lambda, and makes a new one of a method each time.
        return f"reader.ReadList(r => {_read_element(inner.of_type, of)})"
    if of is not None:
        return f"{of}.Read(reader)"
    known = leaf(get_named_type(inner))
    return known.read if is_there else known.read_nullable


def _read_element(type_: GraphQLOutputType, of: str | None) -> str:
    return read_expression(type_, of).replace("reader.", "r.").replace("(reader)", "(r)")


def _kind_members(answer: Answer) -> list[str]:
    kind = kind_enum(answer)
    if kind is None:
        return []
    return [
        *summary("Which of the members below count."),
        f"public {kind} Kind {{ get; private set; }}",
        "",
        *summary("The kind in the server's own word, for one that is Unknown here."),
        "public string Typename { get; private set; }",
        "",
    ]


def _property(answer: Answer, member: Member) -> list[str]:
    type_ = csharp_type(member.type, member.of, answer.always(member))
    said = " ".join(part for part in (member.description, _presence(answer, member)) if part)
    return [*summary(said), f"public {type_} {member_name(member.name)} {{ get; private set; }}"]


def _presence(answer: Answer, member: Member) -> str:
    if member.kinds:
        return f"Of {', '.join(sorted(member.kinds))}; null in others."
    return "" if answer.always(member) else "Null where the operation does not ask for it."


def _read(answer: Answer) -> list[str]:
    cases: list[str] = []
    kind = kind_enum(answer)
    if kind is not None:
        cases += [
            'case "__typename":',
            "    value.Typename = reader.ReadString();",
            f"    value.Kind = {kind}Words.Of(value.Typename);",
            "    break;",
        ]
    for member in answer.members.values():
        expression = read_expression(member.type, member.of)
        cases.append(f'case "{member.name}": value.{member_name(member.name)} = {expression}; break;')
    loop = block(
        "while (reader.NextMember(out name))", block("switch (name)", [*cases, "default: reader.Skip(); break;"])
    )
    return [
        *summary("Null for null. Members that it does not know are skipped."),
        *block(
            f"public static {answer.name} Read(JsonReader reader)",
            [
                "if (!reader.BeginObject()) return null;",
                f"var value = new {answer.name}();",
                "string name;",
                *loop,
                "return value;",
            ],
        ),
    ]
