"""Scalars and enums in C#: their types, and how they are read and written."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import GraphQLEnumType, GraphQLNamedType

from unity_codegen.names import type_name


@dataclass(frozen=True, slots=True)
class Leaf:
    """`type`: of a value that is always there. `read`: the reader's method for it, and `read_nullable` the one that takes
    null; `is_value` tells whether C# needs a `?` for null."""

    type: str
    read: str
    read_nullable: str
    is_value: bool

    @property
    def nullable(self) -> str:
        return f"{self.type}?" if self.is_value else self.type


_STRING = Leaf("string", "reader.ReadString()", "reader.ReadString()", False)
_SCALARS = {
    "ID": _STRING,
    "String": _STRING,
    "Cursor": _STRING,
    "Int": Leaf("int", "reader.ReadInt()", "reader.ReadIntOrNull()", True),
    "Boolean": Leaf("bool", "reader.ReadBool()", "reader.ReadBoolOrNull()", True),
    "DateTime": Leaf("DateTime", "reader.ReadTime()", "reader.ReadTimeOrNull()", True),
}


def leaf(kind: GraphQLNamedType) -> Leaf:
    """Raises `KeyError` for a scalar that the client does not know yet."""
    if not isinstance(kind, GraphQLEnumType):
        return _SCALARS[kind.name]
    words = f"{type_name(kind.name)}Words"
    return Leaf(type_name(kind.name), f"{words}.Read(reader)", f"{words}.ReadOrNull(reader)", True)
