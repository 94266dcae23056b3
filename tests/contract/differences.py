"""What a served schema lacks of the contract, in words. Adding is free; taking away is not.

Both sides are compared as introspection results, which print types and defaults alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Introspected = dict[str, Any]

MEMBERS = {
    "fields": "field",
    "inputFields": "input field",
    "enumValues": "value",
    "possibleTypes": "member",
    "interfaces": "interface",
}
NUMBERS = re.compile(r"\d+")


def differences(contract: Introspected, served: Introspected) -> list[str]:
    """Every difference at once, one line each that begins with the place, such as `Query.parties.first`."""
    sides = contract["__schema"], served["__schema"]
    return [*_roots(*sides), *_types(*sides)]


def _roots(contract: Introspected, served: Introspected) -> Iterator[str]:
    for root in ("queryType", "mutationType", "subscriptionType"):
        if contract[root] != served[root]:
            yield f"schema: {root} is {served[root]}, expected {contract[root]}"


def _types(contract: Introspected, served: Introspected) -> Iterator[str]:
    there = _by_name(served["types"])
    for name, expected in _by_name(contract["types"]).items():
        if name.startswith("__"):
            continue
        if name not in there:
            yield f"{name}: {expected['kind']} is missing"
        elif there[name]["kind"] != expected["kind"]:
            yield f"{name}: is {there[name]['kind']}, expected {expected['kind']}"
        else:
            yield from _type(name, expected, there[name])


def _type(name: str, contract: Introspected, served: Introspected) -> Iterator[str]:
    yield from _description(name, contract, served)
    for key, word in MEMBERS.items():
        # An interface's possible types are what implements it; the implementing side tells of those.
        if key != "possibleTypes" or contract["kind"] == "UNION":
            yield from _members(name, word, contract[key] or [], served[key] or [])


def _members(owner: str, word: str, contract: list[Introspected], served: list[Introspected]) -> Iterator[str]:
    expected, there = _by_name(contract), _by_name(served)
    for name in sorted(expected.keys() - there.keys()):
        yield f"{owner}.{name}: {word} is missing"
    for name in sorted(there.keys() - expected.keys()):
        yield from _added(f"{owner}.{name}", word, there[name])
    for name in sorted(expected.keys() & there.keys()):
        yield from _member(f"{owner}.{name}", expected[name], there[name])


def _member(place: str, contract: Introspected, served: Introspected) -> Iterator[str]:
    yield from _description(place, contract, served)
    if "type" in contract and type_text(contract["type"]) != type_text(served["type"]):
        yield f"{place}: is {type_text(served['type'])}, expected {type_text(contract['type'])}"
    if contract.get("defaultValue") != served.get("defaultValue"):
        yield f"{place}: default is {served.get('defaultValue')}, expected {contract.get('defaultValue')}"
    if "args" in contract:
        yield from _members(place, "argument", contract["args"], served["args"])


def _added(place: str, word: str, served: Introspected) -> Iterator[str]:
    """What is new may be left out by those who do not know it, or it breaks them."""
    required = word in ("argument", "input field") and served["type"]["kind"] == "NON_NULL"
    if required and served["defaultValue"] is None:
        yield f"{place}: {word} is new and required"


def _description(place: str, contract: Introspected, served: Introspected) -> Iterator[str]:
    """The words are free. That there are some, and the limits among them, is not."""
    expected, there = contract.get("description"), served.get("description") or ""
    if not expected:
        return
    if not there.strip():
        yield f"{place}: has no description, expected one like: {' '.join(expected.split())}"
    else:
        for number in sorted(set(NUMBERS.findall(expected)) - set(NUMBERS.findall(there))):
            yield f"{place}: its description does not tell of {number}"


def type_text(kind: Introspected) -> str:
    """As SDL has it: `[Member!]!`."""
    if kind["kind"] == "NON_NULL":
        return f"{type_text(kind['ofType'])}!"
    return f"[{type_text(kind['ofType'])}]" if kind["kind"] == "LIST" else str(kind["name"])


def _by_name(items: list[Introspected]) -> dict[str, Introspected]:
    return {item["name"]: item for item in items}
