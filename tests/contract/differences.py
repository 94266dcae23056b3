"""Compares two schemas and describes what the second lacks of the first. Additions are no difference.

Both sides are introspection results, which write types and defaults in one form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Introspection = dict[str, Any]

KINDS_OF_MEMBERS = {
    "fields": "field",
    "inputFields": "input field",
    "enumValues": "value",
    "possibleTypes": "member",
    "interfaces": "interface",
}
NUMBERS = re.compile(r"\d+")
MISSING = " is missing"
"""The end of a line about something that the second schema does not have at all."""


def describe_differences(contract: Introspection, served: Introspection) -> list[str]:
    """All differences, one line each. A line begins with the place, such as `Query.parties.first`."""
    sides = contract["__schema"], served["__schema"]
    return [*_compare_roots(*sides), *_compare_types(*sides)]


def _compare_roots(contract: Introspection, served: Introspection) -> Iterator[str]:
    for root in ("queryType", "mutationType", "subscriptionType"):
        if contract[root] != served[root]:
            yield f"schema: {root} is {served[root]}, expected {contract[root]}"


def _compare_types(contract: Introspection, served: Introspection) -> Iterator[str]:
    served_types = _by_name(served["types"])
    for name, expected in _by_name(contract["types"]).items():
        if name.startswith("__"):
            continue
        if name not in served_types:
            yield f"{name}: {expected['kind']}{MISSING}"
        elif served_types[name]["kind"] != expected["kind"]:
            yield f"{name}: is {served_types[name]['kind']}, expected {expected['kind']}"
        else:
            yield from _compare_type(name, expected, served_types[name])


def _compare_type(name: str, contract: Introspection, served: Introspection) -> Iterator[str]:
    yield from _compare_descriptions(name, contract, served)
    for key, kind in KINDS_OF_MEMBERS.items():
        # The possible types of an interface are compared where they say that they implement it.
        if key != "possibleTypes" or contract["kind"] == "UNION":
            yield from _compare_members(name, kind, contract[key] or [], served[key] or [])


def _compare_members(
    owner: str, kind: str, contract: list[Introspection], served: list[Introspection]
) -> Iterator[str]:
    expected, found = _by_name(contract), _by_name(served)
    for name in sorted(expected.keys() - found.keys()):
        yield f"{owner}.{name}: {kind}{MISSING}"
    for name in sorted(found.keys() - expected.keys()):
        yield from _check_addition(f"{owner}.{name}", kind, found[name])
    for name in sorted(expected.keys() & found.keys()):
        yield from _compare_member(f"{owner}.{name}", expected[name], found[name])


def _compare_member(place: str, contract: Introspection, served: Introspection) -> Iterator[str]:
    yield from _compare_descriptions(place, contract, served)
    if "type" in contract and type_text(contract["type"]) != type_text(served["type"]):
        yield f"{place}: is {type_text(served['type'])}, expected {type_text(contract['type'])}"
    if contract.get("defaultValue") != served.get("defaultValue"):
        yield f"{place}: default is {served.get('defaultValue')}, expected {contract.get('defaultValue')}"
    if "args" in contract:
        yield from _compare_members(place, "argument", contract["args"], served["args"])


def _check_addition(place: str, kind: str, served: Introspection) -> Iterator[str]:
    """A new argument or input field must be optional: clients that do not know it leave it out."""
    required = kind in ("argument", "input field") and served["type"]["kind"] == "NON_NULL"
    if required and served["defaultValue"] is None:
        yield f"{place}: {kind} is new and required"


def _compare_descriptions(place: str, contract: Introspection, served: Introspection) -> Iterator[str]:
    """A description may be reworded, but not removed, and it keeps all numbers: they are limits."""
    expected, found = contract.get("description"), served.get("description") or ""
    if not expected:
        return
    if not found.strip():
        yield f"{place}: has no description, expected one like: {' '.join(expected.split())}"
    else:
        for number in sorted(set(NUMBERS.findall(expected)) - set(NUMBERS.findall(found))):
            yield f"{place}: its description does not mention {number}"


def type_text(type_: Introspection) -> str:
    """A type as SDL writes it: `[Member!]!`."""
    if type_["kind"] == "NON_NULL":
        return f"{type_text(type_['ofType'])}!"
    return f"[{type_text(type_['ofType'])}]" if type_["kind"] == "LIST" else str(type_["name"])


def _by_name(items: list[Introspection]) -> dict[str, Introspection]:
    return {item["name"]: item for item in items}
