"""Every event of the schema has a sentence in the demo."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    build_schema,
)

from tests.needs import ROOT
from tools.demo.event_text import LEAVE_REASONS, TEXTS, event_text

EVENT_TEXT_FILE = "tools/demo/event_text.py"
SCHEMA = build_schema((ROOT / "schema/schema.graphql").read_text(encoding="utf-8"))
NOT_SHOWN = {"Heartbeat"}
DEPTH_MAX = 6
SCALARS: dict[str, Any] = {"Int": 1, "Float": 1.0, "Boolean": True, "DateTime": "2026-01-01T00:00:00.000Z"}


def event_types() -> set[str]:
    interface = SCHEMA.type_map["PartyEvent"]
    assert isinstance(interface, GraphQLInterfaceType)
    return {kind.name for kind in SCHEMA.get_possible_types(interface)}


def example(kind: GraphQLOutputType, depth: int = 0) -> Any:
    """A value of a type of the schema. Objects deeper than `DEPTH_MAX` are empty."""
    if isinstance(kind, GraphQLNonNull):
        return example(kind.of_type, depth)
    if isinstance(kind, GraphQLList):
        return [example(kind.of_type, depth)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLObjectType):
        fields = kind.fields.items() if depth < DEPTH_MAX else ()
        return {"__typename": kind.name} | {name: example(field.type, depth + 1) for name, field in fields}
    return SCALARS.get(getattr(kind, "name", ""), "Ann")


@pytest.mark.parametrize("name", sorted(event_types() - NOT_SHOWN))
def test_every_event_of_the_schema_has_a_sentence(name: str) -> None:
    kind = SCHEMA.type_map[name]
    assert isinstance(kind, GraphQLObjectType)

    assert " " in event_text(example(kind)), f"{EVENT_TEXT_FILE} has no sentence for {name}"


def test_no_text_is_for_an_event_that_the_schema_does_not_have() -> None:
    assert event_types() >= TEXTS.keys(), f"{EVENT_TEXT_FILE} has {sorted(TEXTS.keys() - event_types())}"


def test_every_leave_reason_has_words() -> None:
    reasons = SCHEMA.type_map["LeaveReason"]
    assert isinstance(reasons, GraphQLEnumType)

    missing = reasons.values.keys() - LEAVE_REASONS.keys()
    assert not missing, f"LEAVE_REASONS in {EVENT_TEXT_FILE} lacks {sorted(missing)}"


def test_an_unknown_event_is_described_by_its_player_and_its_plain_fields() -> None:
    event = {
        "__typename": "DragonFed",
        "seq": 7,
        "actorId": "1",
        "member": {"player": {"id": "1", "displayName": "Ann"}, "ready": True},
        "food": "cake",
    }

    assert event_text(event) == "Ann: dragon fed, food is cake"


def test_an_unknown_event_without_fields_is_described_by_its_name() -> None:
    assert event_text({"__typename": "DragonWoke", "seq": 7}) == "dragon woke"
