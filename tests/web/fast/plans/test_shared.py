"""Which classes of events have the same result for every follower who asks for the same."""

from __future__ import annotations

import pytest
import strawberry

from schema import events
from tests.web.fast.plans.planning import planned
from tests.web.fast.plans.subjects import LOBBY, RICH


def _shared(text: str, schema: strawberry.Schema = RICH.schema) -> set[str]:
    """The classes whose results followers have in common."""
    return {getattr(class_, "__name__", "") for class_ in planned(schema, text).shared_completers}


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
        party { members { player { id } } session { endpoint { port } } } ... on SessionStarted { ticket { token } }
        ... on HostChanged { ticket { token } } } }"""

    shown = {class_.__name__ for class_ in events.EVENT_TYPES.values()}
    assert shown - {"SessionStarted", "HostChanged"} == _shared(everything, LOBBY.schema)


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
