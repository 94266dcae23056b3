"""The examples of the GraphiQL page: all of the client's documents, with variables that fit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values

from lobby.http.examples import UNPLACED_GROUP, Example, examples
from lobby.http.pages import QUERIES, SOURCES

EXAMPLES = examples(SOURCES / "journey.json", QUERIES)
NUMBERS = {"{{settingsVersion}}"}
PLACEHOLDER = re.compile(r"{{\w+}}")


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    return build_schema((Path(__file__).parents[1] / "contract/contract.graphql").read_text(encoding="utf-8"))


def filled(value: Any) -> Any:
    """The variables as the page would send them."""
    if isinstance(value, dict):
        return {key: filled(item) for key, item in value.items()}
    return 1 if value in NUMBERS else value


def test_every_document_of_the_client_has_its_place() -> None:
    assert [example.operation for example in EXAMPLES if example.group == UNPLACED_GROUP] == []


def test_no_operation_stands_twice() -> None:
    names = [example.operation for example in EXAMPLES]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.operation)
def test_an_example_is_whole_and_says_what_it_does(example: Example, contract: GraphQLSchema) -> None:
    assert example.note
    assert validate(contract, parse(example.document)) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.operation)
def test_the_variables_of_an_example_fit_its_operation(example: Example, contract: GraphQLSchema) -> None:
    operation = parse(example.document).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    declared = list(operation.variable_definitions or ())

    coerced = get_variable_values(contract, declared, filled(example.variables))

    assert not isinstance(coerced, list), coerced
    assert set(example.variables) <= {node.variable.name.value for node in declared}


def test_the_journey_begins_with_signing_in_and_ends_with_leaving() -> None:
    opened = [example.operation for example in EXAMPLES if example.opens]

    assert tuple(opened[:2]) == ("SignInAsGuest", "CreateParty")
    assert opened[-1] == "LeaveParty"


def test_a_document_that_the_journey_leaves_out_comes_last(tmp_path: Path) -> None:
    (tmp_path / "me.graphql").write_text("# Who one is.\n# Really.\nquery Me { me { id } }")
    (tmp_path / "journey.json").write_text("[]")

    assert [
        Example(
            "Me", UNPLACED_GROUP, "Who one is. Really.", False, "# Who one is.\n# Really.\nquery Me { me { id } }\n", {}
        )
    ] == examples(tmp_path / "journey.json", tmp_path)
