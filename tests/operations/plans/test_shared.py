from __future__ import annotations

import json
from typing import Any

import pytest
import strawberry

from lobby.operations import EventStream, OperationCall, OperationRequest, Operations, PreparedOperation
from lobby.operations.plans.shared import SharedTexts
from schema import events
from tests.operations.plans.comparing import REQUEST_ID
from tests.operations.plans.planning import planned
from tests.operations.plans.rich import things
from tests.operations.plans.rich.context import Context
from tests.operations.plans.subjects import LOBBY, RICH

PLAN = planned(RICH.schema, "subscription { anything { __typename } }")
OTHER = planned(RICH.schema, "subscription { anything { __typename } }")
EVENTS = tuple(things.anything(number) for number in range(1, 6))


def _shared(text: str, schema: strawberry.Schema = RICH.schema) -> set[str]:
    """The classes whose results followers have in common."""
    return {getattr(class_, "__name__", "") for class_ in planned(schema, text).shared}


def test_fields_that_do_not_ask_who_is_asking_make_results_that_all_have_in_common() -> None:
    assert _shared("subscription { anything { ... on Thing { id color } ... on Note { text } } }") == {
        "Cat",
        "Dog",
        "Stone",
        "Note",
    }


@pytest.mark.parametrize(
    ("selected", "unshared"),
    [
        ("... on Dog { viewed }", {"Dog"}),
        ("... on Cat { kittens { staff } }", {"Cat"}),
        ("... on Dog { prey { ... on Cat { staff @skip(if: $is) } } }", {"Dog"}),
        ("... on Note { about { ... on Note { about { ... on Dog { viewed } } } } }", {"Note"}),
        ("... on Creature { weight }", {"Cat", "Dog"}),
    ],
)
def test_a_field_that_asks_or_waits_keeps_its_class_apart(selected: str, unshared: set[str]) -> None:
    declared = "($is: Boolean!)" if "$is" in selected else ""

    assert {"Cat", "Dog", "Stone", "Note"} - unshared == _shared(
        f"subscription {declared} {{ anything {{ __typename {selected} }} }}"
    )


def test_the_ticket_alone_keeps_an_event_of_the_lobby_apart() -> None:
    everything = """subscription { partyEvents(partyId: "x") {
        party { members { player { id } } session { endpoint { port } } } ... on SessionStarted { ticket { token } } } }"""

    shown = {class_.__name__ for class_ in events.EVENT_TYPES.values()}
    assert shown - {"SessionStarted"} == _shared(everything, LOBBY.schema)


@pytest.mark.parametrize(
    "text",
    [
        "subscription { lists { id } }",
        "subscription { creatures(even: {number: 2}) { id } }",
        "subscription { text }",
        "subscription ($times: Int) { anything { ... on Thing { marked(times: $times) } } }",
        "subscription ($prefix: String!) { anything { ... on Thing { marked(prefix: $prefix) } } }",
        "{ cat { id } }",
    ],
)
def test_nothing_is_shared_where_it_could_be_taken_for_something_else(text: str) -> None:
    """A list's items are no events; and a variable that was left out looks like one that is null."""
    assert _shared(text) == set()


async def _results(operations: Operations, text: str, context: Context, variables: dict[str, Any]) -> list[bytes]:
    prepared = operations.prepare(OperationRequest(text, None, variables, {}))
    assert isinstance(prepared, PreparedOperation)
    assert prepared.plan is not None
    stream = await operations.subscribe(OperationCall(prepared, variables, context, REQUEST_ID))
    assert isinstance(stream, EventStream)
    return [bytes(result) async for result in stream]


@pytest.mark.parametrize(
    "text",
    [
        "subscription ($is: Boolean!) { anything { __typename ... on Thing { id @include(if: $is) } } }",
        "subscription ($is: Boolean!) { anything { ... on Dog { viewed id @skip(if: $is) } ... on Cat { staff } } }",
        "subscription ($is: Boolean!) { anything { ... on Creature { weight } ... on Note { text @include(if: $is) } } }",
    ],
)
async def test_followers_get_their_own_results_whatever_is_shared(text: str) -> None:
    """The same events to those who ask for different things, and are different people."""
    operations, alone = Operations(RICH.schema._schema, trusted=[text]), []
    together = []
    for viewer in ("ann", "bob", "ann"):
        for is_ in (True, False):
            context = Context(viewer, EVENTS)
            together.append(await _results(operations, text, context, {"is": is_}))
            alone.append(await _results(Operations(RICH.schema._schema, trusted=[text]), text, context, {"is": is_}))

    assert alone == together
    assert len({tuple(results) for results in together}) > 1


async def test_an_event_is_executed_once_for_all_who_follow_the_same() -> None:
    text = "subscription { anything { ... on Cat { name } ... on Dog { viewed } } }"
    operations = Operations(RICH.schema._schema, trusted=[text])
    one, other = [await _results(operations, text, Context("ann", EVENTS), {}) for _ in range(2)]

    assert one == other
    for event, first, second in zip(EVENTS, one, other, strict=True):
        assert (first is second) is (type(event) is not things.Dog), json.loads(first)


def test_a_text_is_found_by_plan_by_what_is_asked_and_by_event() -> None:
    shared, event = SharedTexts(), object()
    shared.put(PLAN, "asked", event, b"text")

    assert shared.get(PLAN, "asked", event) == b"text"
    assert shared.get(OTHER, "asked", event) is None
    assert shared.get(PLAN, "other", event) is None
    assert shared.get(PLAN, "asked", object()) is None


def test_an_event_lives_as_long_as_its_text() -> None:
    """Else another one might come to have its id."""
    shared = SharedTexts(texts_max=100)
    for number in range(1_000):
        event = things.Note(text=str(number), tags=[])
        assert shared.get(PLAN, "", event) is None
        shared.put(PLAN, "", event, b"text")


def test_texts_are_bounded_by_number_oldest_first() -> None:
    shared, kept = SharedTexts(texts_max=2), [object() for _ in range(3)]
    for event in kept:
        shared.put(PLAN, "", event, b"text")

    assert [shared.get(PLAN, "", event) for event in kept] == [None, b"text", b"text"]


def test_texts_are_bounded_by_their_bytes() -> None:
    shared, kept = SharedTexts(bytes_max=10), [object() for _ in range(3)]
    for event in kept:
        shared.put(PLAN, "", event, b"12345")
    assert [shared.get(PLAN, "", event) for event in kept] == [None, b"12345", b"12345"]

    huge = object()
    shared.put(PLAN, "", huge, b"x" * 11)
    assert [shared.get(PLAN, "", event) for event in (*kept, huge)] == [None] * 4
    shared.put(PLAN, "", kept[0], b"12345")
    assert shared.get(PLAN, "", kept[0]) == b"12345"
