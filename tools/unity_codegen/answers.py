"""C# classes that read themselves from responses."""

from __future__ import annotations

from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    get_named_type,
)

from tools.unity_codegen.csharp import auto_property, block, leaf, member_name, source, summary, words
from tools.unity_codegen.selections import Answer, Member

_SYSTEM = ("System", "System.Collections.Generic")


def answer_source(answer: Answer) -> str:
    body = [*_kind_members(answer)]
    for member in answer.members.values():
        body += [*_property(answer, member), ""]
    body += _read(answer)
    described = summary(answer.type.description or f"What the server tells of a {answer.type.name}.")
    partial = "partial " if kind_enum(answer) else ""
    return source([*described, *block(f"public sealed {partial}class {answer.name}", body)], _SYSTEM)


def kind_enum(answer: Answer) -> str | None:
    """The name of the enum of types, for the class of an interface; None for other classes."""
    return f"{answer.name}Kind" if isinstance(answer.type, GraphQLInterfaceType) else None


def csharp_type(type_: GraphQLOutputType, of: str | None, is_there: bool = True) -> str:
    """The C# type of a field. `is_there`: false for a field that an operation may not select."""
    if isinstance(type_, GraphQLNonNull):
        inner = type_.of_type
    else:
        inner, is_there = type_, False
    mark = "" if is_there else "?"
    if isinstance(inner, GraphQLList):
        return f"IReadOnlyList<{csharp_type(inner.of_type, of)}>{mark}"
    if of is not None:
        return f"{of}{mark}"
    known = leaf(get_named_type(inner))
    return known.type if is_there else known.nullable


def read_expression(type_: GraphQLOutputType, of: str | None) -> str:
    """The C# expression that reads a value of the type from `reader`."""
    is_there = isinstance(type_, GraphQLNonNull)
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    mark = "!" if is_there else ""
    if isinstance(inner, GraphQLList):
        # A lambda, not the method itself: C# caches the delegate of a lambda, but creates a new one for a method each time.
        return f"reader.ReadList(r => {_read_element(inner.of_type, of)}){mark}"
    if of is not None:
        return f"{of}.Read(reader){mark}"
    known = leaf(get_named_type(inner))
    return known.read if is_there else known.read_nullable


def _read_element(type_: GraphQLOutputType, of: str | None) -> str:
    return read_expression(type_, of).replace("reader.", "r.").replace("(reader)", "(r)")


def _kind_members(answer: Answer) -> list[str]:
    kind = kind_enum(answer)
    if kind is None:
        return []
    return [
        *summary("The type of the object, which decides the members that are set."),
        f"public {kind} Kind {{ get; private set; }}",
        "",
        *summary("The type as the server sent it, also if Kind is Unknown."),
        'public string Typename { get; private set; } = "";',
        "",
    ]


def _property(answer: Answer, member: Member) -> list[str]:
    type_ = csharp_type(member.type, member.of, answer.always(member))
    named = get_named_type(member.type)
    is_list = isinstance(member.type.of_type if isinstance(member.type, GraphQLNonNull) else member.type, GraphQLList)
    is_value = member.of is None and not is_list and leaf(named).is_value
    property_ = auto_property(type_, member_name(member.name), "private set", is_value)
    text = " ".join(part for part in (member.description, _presence(answer, member)) if part)
    return [*summary(text or words(member.name)), property_]


def _presence(answer: Answer, member: Member) -> str:
    if member.kinds:
        return f"Only in {', '.join(sorted(member.kinds))}; otherwise null."
    return "" if answer.always(member) else "Null if the operation does not select it."


def _read(answer: Answer) -> list[str]:
    cases: list[str] = []
    kind = kind_enum(answer)
    if kind is not None:
        cases += [
            'case "__typename":',
            '    value.Typename = reader.ReadString() ?? "";',
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
        *summary("Null for null. Skips unknown members."),
        *block(
            f"public static {answer.name}? Read(LobbyJsonReader reader)",
            [
                "if (!reader.BeginObject()) return null;",
                f"var value = new {answer.name}();",
                "string? name;",
                *loop,
                "return value;",
            ],
        ),
    ]
