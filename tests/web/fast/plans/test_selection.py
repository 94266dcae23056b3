from __future__ import annotations

import pytest
from graphql import FragmentDefinitionNode, GraphQLObjectType
from graphql.execution.collect_fields import FragmentDetails, collect_fields
from graphql.execution.values import VariableValues
from hypothesis import given, settings

from tests.web.fast.plans.generated.documents import Generated, documents
from tests.web.fast.plans.planning import finishes, operation
from tests.web.fast.plans.subjects import RICH
from web.fast.plans import NotPlannable
from web.fast.plans.selection import ALWAYS, VISITS_MAX, SelectedField, Selections
from web.graphql.execution.operation import Operation

CORE = RICH.schema._schema
DECLARED = "query ($a: Boolean!, $b: Boolean!)"


def _fragments(prepared: Operation) -> dict[str, FragmentDefinitionNode]:
    definitions = prepared.document.definitions
    return {node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)}


def _selected(text: str) -> list[SelectedField]:
    """The fields of the root."""
    return _of_root(operation(RICH.schema, text))


def _of_root(prepared: Operation) -> list[SelectedField]:
    parts = [(prepared.definition.selection_set, ALWAYS)]
    return Selections(CORE, _fragments(prepared)).of(_root(prepared), parts)


def _root(prepared: Operation) -> GraphQLObjectType:
    root = CORE.get_root_type(prepared.kind)
    assert root is not None
    return root


def _keys(text: str) -> list[str]:
    return [field.key for field in _selected(text)]


def _within(text: str, type_name: str) -> list[SelectedField]:
    """What is selected within the first root field, on one of its types."""
    prepared = operation(RICH.schema, text)
    type_ = CORE.type_map[type_name]
    assert isinstance(type_, GraphQLObjectType)
    [first, *_] = _of_root(prepared)
    return Selections(CORE, _fragments(prepared)).of(type_, first.parts)


@settings(deadline=None, max_examples=60)
@given(documents(CORE, RICH.taste))
def test_the_root_selects_what_graphql_core_collects(document: Generated) -> None:
    prepared = operation(RICH.schema, document.text, document.operation_name)
    try:
        selected = _of_root(prepared)
    except NotPlannable:
        return
    names = {name for field in selected for name, _ in field.condition} | set("abv")
    definitions = prepared.definition.variable_definitions or ()
    names |= {one.variable.name.value for one in definitions}
    details = {name: FragmentDetails(node) for name, node in _fragments(prepared).items()}
    for is_true in (False, True):
        variables = VariableValues({}, dict.fromkeys(names, is_true))
        collected = collect_fields(CORE, details, variables, _root(prepared), prepared.definition).grouped_field_set
        counting = [field.key for field in selected if all(wanted is is_true for _, wanted in field.condition)]

        assert list(collected) == counting


def test_keys_come_in_the_order_in_which_they_are_met_first() -> None:
    text = "{ ...F z: cat { id } } fragment F on Query { y: cat { id } ... { x: cat { id } z: cat { id } } }"

    assert _keys(text) == ["y", "x", "z"]


def test_selections_of_the_same_key_are_merged() -> None:
    [cat] = _selected("{ cat { id } ... { cat { name } } ...F } fragment F on Query { cat { id tame } }")

    assert len(cat.nodes) == len(cat.parts) == 3
    assert [field.key for field in _within("{ cat { id } ... { cat { name id } } }", "Cat")] == ["id", "name"]


@pytest.mark.parametrize(
    ("type_name", "keys"), [("Cat", ["a", "b", "c"]), ("Dog", ["a", "b", "d"]), ("Stone", ["a", "e"])]
)
def test_fragments_count_on_the_types_that_they_are_for(type_name: str, keys: list[str]) -> None:
    text = """{ thing { a: id ... on Creature { b: name } ... on Cat { c: tame } ...D
                        ... on Pet { ... on Thing { ... on Stone { x: id } } }
                        ... on Anything { ... on Stone { e: id } } } }
              fragment D on Dog { d: sound }"""

    assert [field.key for field in _within(text, type_name)] == keys


@pytest.mark.parametrize(
    ("directives", "expected"),
    [
        ("@include(if: true)", [frozenset()]),
        ("@skip(if: false)", [frozenset()]),
        ("@include(if: false)", []),
        ("@skip(if: true)", []),
        ("@include(if: $a)", [{("a", True)}]),
        ("@skip(if: $a)", [{("a", False)}]),
        ("@skip(if: $a) @include(if: $b)", [{("a", False), ("b", True)}]),
        ("@skip(if: $a) @include(if: true)", [{("a", False)}]),
        ("@skip(if: true) @include(if: $a)", []),
        ("@include(if: false) @skip(if: $a)", []),
        ("@skip(if: $a) @include(if: $a)", []),
    ],
)
def test_conditions_hang_on_variables_alone(directives: str, expected: list[set[tuple[str, bool]]]) -> None:
    used = "used: cat { id @skip(if: $a) @include(if: $b) }"
    for place in (f"cat {directives} {{ id }}", f"... {directives} {{ cat {{ id }} }}", f"...F {directives}"):
        fragment = "fragment F on Query { cat { id } }" if "F" in place else ""
        selected = _selected(f"{DECLARED} {{ {place} {used} }} {fragment}")

        assert expected == [field.condition for field in selected if field.key == "cat"]


@pytest.mark.parametrize("directives", ["@include(if: false) @skip(if: $a)", "@skip(if: true) @include(if: $a)"])
@pytest.mark.parametrize("place", ["cat {} {{ id }}", "... {} {{ cat {{ id }} }}", "...F {}"])
async def test_a_null_beside_a_literal_that_excludes_is_left_to_graphql_core(directives: str, place: str) -> None:
    fragment = "fragment F on Query { cat { id } }" if "F" in place else ""
    text = f"query ($a: Boolean = false) {{ {place.format(directives)} other: cat {{ id }} }} {fragment}"

    assert not await finishes(text, {"a": None})


def test_conditions_of_what_lies_within_add_up() -> None:
    selected = _within(f"{DECLARED} {{ cat {{ ... @include(if: $a) {{ id @skip(if: $b) }} }} }}", "Cat")

    assert [field.condition for field in selected] == [{("a", True), ("b", False)}]


def test_conditions_that_contradict_each_other_select_nothing() -> None:
    text = f"{DECLARED} {{ cat {{ ... @include(if: $a) {{ id @skip(if: $a) }} name @skip(if: $b) }} }}"

    assert [field.key for field in _within(text, "Cat")] == ["name"]


def test_a_merged_selection_keeps_its_own_condition() -> None:
    text = f"{DECLARED} {{ cat {{ id }} cat @include(if: $a) {{ name @skip(if: $b) }} }}"

    assert [(field.key, field.condition) for field in _within(text, "Cat")] == [
        ("id", ALWAYS),
        ("name", {("a", True), ("b", False)}),
    ]


@pytest.mark.parametrize(
    "selected",
    [
        "cat @include(if: $a) { id } cat { id @skip(if: $b) }",
        "cat @include(if: $a) { id } cat @include(if: $b) { id }",
        "...F @include(if: $a) ...F @include(if: $b)",
        "...F @include(if: $a) ...F @skip(if: $a) used: cat { id @skip(if: $b) }",
    ],
)
def test_a_key_whose_place_hangs_on_variables_is_left_to_graphql_core(selected: str) -> None:
    fragment = "fragment F on Query { cat { id } }" if "...F" in selected else ""

    with pytest.raises(NotPlannable):
        _selected(f"{DECLARED} {{ {selected} }} {fragment}")


def test_a_fragment_counts_once_and_again_where_it_hung_on_something_before() -> None:
    text = f"{DECLARED} {{ ...F ...F ...F @include(if: $a) cat @skip(if: $b) {{ name }} }} fragment F on Query {{ cat {{ id }} }}"
    [cat] = _selected(text)

    assert [condition for _, condition in cat.parts] == [ALWAYS, {("b", False)}]


def test_a_fragment_spread_in_two_selections_of_one_key_is_looked_into_once() -> None:
    """Otherwise fragments that spread others twice would double at each level."""
    doubling = " ".join(
        f"fragment F{n} on Cat {{ kittens {{ ...F{n + 1} }} kittens {{ ...F{n + 1} }} }}" for n in range(9)
    )
    [field] = _within(f"{{ cat {{ ...F0 }} }} {doubling} fragment F9 on Cat {{ id }}", "Cat")

    assert len(field.parts) == 2


def test_looking_is_bounded() -> None:
    depth = 10
    twice = " ".join(
        f"fragment F{n} on Thing {{ ...F{n + 1} @include(if: $v{n}) ...F{n + 1} @skip(if: $v{n}) }}"
        for n in range(depth)
    )
    declared = ", ".join(f"$v{n}: Boolean!" for n in range(depth))
    prepared = operation(
        RICH.schema,
        f"query ({declared}) {{ thing {{ ...F0 }} }} {twice} fragment F{depth} on Thing {{ ... on Stone {{ id }} }}",
    )
    selections = Selections(CORE, _fragments(prepared))
    [thing] = _of_root(prepared)
    cat = CORE.type_map["Cat"]
    assert isinstance(cat, GraphQLObjectType)

    with pytest.raises(NotPlannable):
        [selections.of(cat, thing.parts) for _ in range(VISITS_MAX // 2**depth)]
