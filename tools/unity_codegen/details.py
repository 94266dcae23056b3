"""C# classes of single kinds of events, beside the flat class of all kinds.

The flat class has the members of all kinds, so each may be null. The class of a kind has only its own, with null where the
schema allows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, get_named_type

from tools.unity_codegen.answers import csharp_type, kind_enum
from tools.unity_codegen.csharp import block, leaf, member_name, source, summary, words
from tools.unity_codegen.selections import Answer, Member

_SUFFIX = "Event"


def details_source(answer: Answer, types: Sequence[GraphQLObjectType]) -> str:
    """The part of the flat class with `Details`, and the class of each of `types`. `answer`: the flat class."""
    base = f"{answer.name}Details"
    lines = [
        *summary(
            f"A `{answer.name}` of one kind, with the members of this kind alone. Match the type of `{answer.name}.Details`."
        ),
        *block(f"public abstract class {base}", _base_members(answer, base)),
        "",
        *block(f"public sealed partial class {answer.name}", _details(answer, base, types)),
    ]
    for type_ in types:
        lines += ["", *_class(answer, base, type_)]
    return source(lines, ["System", "System.Collections.Generic"])


def _base_members(answer: Answer, base: str) -> list[str]:
    return [
        *block(f"internal {base}({answer.name} happened)", ["Event = happened;"]),
        "",
        *summary("The event with the members of all kinds, of which only some are set."),
        f"public {answer.name} Event {{ get; private set; }}",
    ]


def _details(answer: Answer, base: str, types: Sequence[GraphQLObjectType]) -> list[str]:
    kind = kind_enum(answer)
    cases = [f"case {kind}.{each.name}: return new {_name(each)}(this);" for each in types]
    getter = block("get", block("switch (Kind)", [*cases, "default: return null;"]))
    return [
        *summary(
            "The event as a class of its kind, for a `switch` over the types; null for a kind of a newer server. "
            "Each read creates an object."
        ),
        *block(f"public {base}? Details", getter),
    ]


def _class(answer: Answer, base: str, type_: GraphQLObjectType) -> list[str]:
    body = block(f"internal {_name(type_)}({answer.name} happened) : base(happened)", [])
    for member in _members(answer, type_):
        body += ["", *_property(answer, member)]
    comment = summary(type_.description or f"The event {type_.name} has happened.")
    return [*comment, *block(f"public sealed class {_name(type_)} : {base}", body)]


def _members(answer: Answer, type_: GraphQLObjectType) -> Iterator[Member]:
    """Those of the type alone. Members that all kinds have are those of `Event`."""
    return (member for member in answer.members.values() if type_.name in member.kinds)


def _property(answer: Answer, member: Member) -> list[str]:
    is_there = member.selected == answer.selections
    name = member_name(member.name)
    type_ = csharp_type(member.type, member.of, is_there)
    value = f"Event.{name}"
    if not type_.endswith("?"):
        value += ".GetValueOrDefault()" if _is_value(member) else "!"
    comment = summary(member.description or words(member.name))
    return [*comment, *block(f"public {type_} {name}", [f"get {{ return {value}; }}"])]


def _is_value(member: Member) -> bool:
    inner = member.type.of_type if isinstance(member.type, GraphQLNonNull) else member.type
    return member.of is None and not isinstance(inner, GraphQLList) and leaf(get_named_type(inner)).is_value


def _name(type_: GraphQLObjectType) -> str:
    """MemberJoined -> MemberJoinedEvent"""
    return f"{type_.name}{_SUFFIX}"
