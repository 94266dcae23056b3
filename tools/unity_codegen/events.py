"""The C# events of a stream: one for each type of the interface that its subscription returns, and their list in the README."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from graphql import GraphQLInterfaceType, GraphQLObjectType, OperationType, get_named_type

from tools.unity_codegen.contract import Contract
from tools.unity_codegen.csharp import block, source, summary, type_name

_EVENT = "Event"
BEGIN = "<!-- events: scripts/unity writes this list -->"
END = "<!-- end of events -->"
_README_CHARS_MAX = 150


class MissingMarkers(ValueError):
    """The README has no place for the list of events."""


def event_interfaces(contract: Contract) -> list[GraphQLInterfaceType]:
    """The interfaces named `...Event` that subscriptions return, in the order of the operations."""
    found: dict[str, GraphQLInterfaceType] = {}
    for operation in contract.operations:
        if operation.node.operation is OperationType.SUBSCRIPTION:
            for selection in operation.node.selection_set.selections:
                field = contract.root(operation).fields[selection.name.value]  # type: ignore[attr-defined]
                type_ = get_named_type(field.type)
                if isinstance(type_, GraphQLInterfaceType) and type_.name.endswith(_EVENT):
                    found[type_.name] = type_
    return list(found.values())


def stream_name(interface: GraphQLInterfaceType) -> str:
    """PartyEvent -> PartyStream"""
    return f"{interface.name.removesuffix(_EVENT)}Stream"


def event_types(contract: Contract, interface: GraphQLInterfaceType) -> list[GraphQLObjectType]:
    """The types of the events, sorted by name."""
    return sorted(contract.schema.get_possible_types(interface), key=lambda type_: type_.name)


def events_source(contract: Contract, interface: GraphQLInterfaceType) -> str:
    """The part of the class of the stream with an event for each type."""
    types = event_types(contract, interface)
    argument = type_name(interface.name)
    body: list[str] = []
    declared: list[str] = []
    for type_ in types:
        comment = summary(type_.description or f"The event {type_.name} has happened.")
        body += [*comment, f"public event Action<{argument}>? {type_.name};", ""]
        declared += [*comment, f"event Action<{argument}>? {type_.name};", ""]
    body += _handlers(argument, [type_.name for type_ in types])
    name = stream_name(interface)
    lines = ["// One event for each type of the schema.", *block(f"public sealed partial class {name}", body), ""]
    return source([*lines, *block(f"public partial interface I{name}", declared[:-1])], ["System"])


def write_events(readme: str, contract: Contract) -> str:
    """The README with the current list of events between its two markers. Raises `MissingMarkers`."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MissingMarkers(f"unity/README.md needs the lines {BEGIN!r} and {END!r}")
    names = [type_.name for interface in event_interfaces(contract) for type_ in event_types(contract, interface)]
    lines = wrap(" ".join(f"`{name}`" for name in names), _README_CHARS_MAX, break_long_words=False)
    return "\n".join([before + begin, *lines, end + after])


def _handlers(argument: str, names: Sequence[str]) -> list[str]:
    cases = [f"case {argument}Kind.{name}: return {name};" for name in names]
    switch = block("switch (kind)", [*cases, "default: return null;"])
    return block(f"private Action<{argument}>? HandlersOf({argument}Kind kind)", switch)
