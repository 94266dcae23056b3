"""Names of the schema -> names of C#."""

from __future__ import annotations

# With `using System;` the schema's name would be ambiguous in every game that adds properties of its own.
_RENAMED = {"Attribute": "LobbyAttribute"}
_KEYWORDS = {"event", "object", "string", "params", "operator", "default", "namespace", "lock", "ref", "out", "in"}


def type_name(name: str) -> str:
    """The class or enum of a type of the schema."""
    return _RENAMED.get(name, name)


def member_name(name: str) -> str:
    """removeAt -> RemoveAt"""
    return name[:1].upper() + name[1:]


def enum_member_name(value: str) -> str:
    """IN_PROGRESS -> InProgress; PartySnapshot stays."""
    return "".join(word.capitalize() for word in value.split("_")) if value.isupper() else member_name(value)


def parameter_name(name: str) -> str:
    """An argument's name, which is left as it is unless C# has other plans for it."""
    return f"@{name}" if name in _KEYWORDS else name
