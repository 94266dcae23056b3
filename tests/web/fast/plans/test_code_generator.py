from __future__ import annotations

import pytest

from resolvers.root import schema as lobby_schema
from schema.events import EVENT_TYPES
from tests.web.fast.plans.planning import finishes, has_plan, planned
from tests.web.fast.plans.subjects import LOBBY, RICH
from web.fast.plans.code_generator import FIELDS_MAX


@pytest.mark.parametrize(
    "text",
    [
        "{ cat { id name color born tame lives } }",
        "{ cat { __typename nick: name } note(number: 2) { tags text about { __typename } } }",
        "{ cat { levels nearby(first: 4) { __typename id } kittens { kittens { id } } } }",
        "{ thing(number: 5) { ... on Stone { above { id ... on Stone { above { __typename } } } } } }",
        "{ thing(number: 5) { ... on Stone { lists { __typename id ... on Creature { weight } } } } }",
        "{ creatures { __typename name mood weight friend { id } ... on Dog { class prey { __typename } } } }",
        "{ things { id ... on Dog { sound kind } } anything { __typename ... on Note { about { __typename } } } }",
        '{ pet(id: "a") { ... on Dog { viewed kind(suffix: "s") } ... on Cat { staff(greeting: "hi") } } }',
        "{ thing(number: -1) { id } note(number: 7) { text } }",
        '{ cat { marked(points: [{x: 1}, {x: 2, label: null}], prefix: "p") } }',
    ],
)
async def test_what_goes_well_is_finished_by_the_plan(text: str) -> None:
    assert await finishes(text)


@pytest.mark.parametrize("variables", [{}, {"times": 3}, {"times": None}, {"is": False}, {"is": True, "times": 1}])
async def test_arguments_and_conditions_read_the_variables(variables: dict[str, object]) -> None:
    text = """query ($times: Int, $is: Boolean! = true) {
        cat { marked(times: $times) kittens @include(if: $is) { id name @skip(if: $is) } color ... @skip(if: $is) { tame } }
    }"""

    assert await finishes(text, variables)


async def test_an_object_of_which_nothing_is_wanted_is_empty() -> None:
    assert await finishes("{ cat { id @skip(if: true) } }")
    assert await finishes("query ($is: Boolean!) { cat { id @include(if: $is) } }", {"is": False})


async def test_fields_that_wait_are_waited_for_wherever_they_are() -> None:
    assert await finishes("{ creatures { weight ... on Cat { staff } friend { friend { weight } } } }")


@pytest.mark.parametrize(
    "text",
    [
        "{ oddMaybe { oddText(kind: RAISES) } }",
        "{ oddMaybe { oddMaybeTextLater(kind: RAISES_CALLER_ERROR) } }",
        "{ oddMaybe { oddText(kind: NONE) } }",
        "{ oddMaybe { oddMaybeThings(kind: CATS) { id } oddThings(kind: GENERATOR) { id } } }",
        "{ oddMaybe { oddMaybeNote(kind: STRANGER) { text } } }",
        "{ oddMaybe { oddMaybeCat(kind: TIGER) { id } } }",
        "{ oddMaybe { oddMaybeCat(kind: DOG) { id } } }",
        "{ oddMaybe { oddMaybePet(kind: STONE) { __typename } } }",
        "{ oddMaybe { oddMaybeThing(kind: INTERFACE) { __typename } } }",
        "{ oddMaybe { oddMaybeFussy(kind: NOTHING) } }",
        "{ thing(number: 5) { ... on Stone { box { content } } } }",
    ],
)
async def test_what_does_not_go_well_is_left_to_graphql_core(text: str) -> None:
    assert not await finishes(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ cat { id } }", True),
        ("{ __typename cat { id } }", False),
        ("{ __schema { queryType { name } } }", False),
        ('{ __type(name: "Cat") { name } cat { id } }', False),
        ("query @skip(if: false) { cat { id } }", None),
        ("{ box { count } }", False),
        ("subscription { anything { __typename } }", True),
        ("subscription { thingMaybe { id } }", False),
    ],
)
def test_some_operations_have_no_plan(text: str, expected: bool | None) -> None:
    """Introspection at the root, and root fields that take a source."""
    if expected is None:
        with pytest.raises(AssertionError, match="may not be used on query"):
            has_plan(text)
    else:
        assert expected is has_plan(text)


def test_a_selection_of_more_fields_than_a_plan_may_have_is_left_to_graphql_core() -> None:
    on_each = 'subscription {{ partyEvents(partyId: "x") {{ {} }} }}'
    types = len(lobby_schema._schema.get_possible_types(lobby_schema._schema.type_map["PartyEvent"]))  # type: ignore[arg-type]
    most = FIELDS_MAX // types

    assert has_plan(on_each.format(" ".join(f"a{n}: seq" for n in range(most))), LOBBY.schema)
    assert not has_plan(on_each.format(" ".join(f"a{n}: seq" for n in range(most + 1))), LOBBY.schema)


def test_the_same_selection_on_the_same_type_is_written_once() -> None:
    spread = "{ a: cat { ...F } b: cat { ...F } c: cat { kittens { ...F } } } fragment F on Cat { id name }"

    # Three selection sets with equal text are three nodes of the document: each is written, with its two fields.
    assert planned(RICH.schema, spread).fields == 3 * 2 + 1
    # Here each type of event has the field `party`, but its selection set is a single node: it is written once.
    events = 'subscription { partyEvents(partyId: "x") { party { id settings { name } } } }'
    assert planned(LOBBY.schema, events).fields == len(set(EVENT_TYPES.values())) + 2 + 1
