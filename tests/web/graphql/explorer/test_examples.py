"""The examples of the GraphiQL page: all documents of the client, with valid variables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values

from tests.needs import ROOT
from web.graphql.explorer.pages import OTHER_GROUP, QUERIES, SOURCES, Example, read_examples

SCHEMA = build_schema((ROOT / "schema/schema.graphql").read_text(encoding="utf-8"))
EXAMPLES = read_examples(SOURCES / "journey.json", QUERIES, SCHEMA)
NUMBERS = {"{{settingsVersion}}"}
PLACEHOLDER = re.compile(r"{{\w+}}")


def filled(value: Any) -> Any:
    """The variables as the page sends them."""
    if isinstance(value, dict):
        return {key: filled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item) for item in value]
    return 1 if value in NUMBERS else value


def test_no_operation_is_there_twice() -> None:
    names = [example.operation for example in EXAMPLES]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.operation)
def test_an_example_is_complete_and_has_a_note(example: Example) -> None:
    assert example.note
    assert validate(SCHEMA, parse(example.document)) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.operation)
def test_the_variables_of_an_example_fit_its_operation(example: Example) -> None:
    operation = parse(example.document).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    declared = list(operation.variable_definitions or ())

    coerced = get_variable_values(SCHEMA, declared, filled(example.variables))

    assert not isinstance(coerced, list), coerced
    assert set(example.variables) <= {node.variable.name.value for node in declared}


def test_the_journey_begins_with_signing_in_and_ends_with_leaving() -> None:
    opened = [example.operation for example in EXAMPLES if example.opens]

    assert tuple(opened[:2]) == ("SignInAsGuest", "CreateParty")
    assert opened[-1] == "LeaveParty"


def test_a_document_that_the_journey_does_not_name_comes_last_with_what_it_requires(tmp_path: Path) -> None:
    document = (
        "# Kick one.\n# Really.\nmutation Kick($input: KickMemberInput!) { kickMember(input: $input) { __typename } }"
    )
    (tmp_path / "kick.graphql").write_text(document)
    (tmp_path / "journey.json").write_text("[]")
    variables = {"input": {"partyId": "{{partyId}}", "playerId": "{{otherPlayerId}}"}}

    expected = Example("Kick", OTHER_GROUP, "Kick one. Really.", False, f"{document}\n", variables)
    assert read_examples(tmp_path / "journey.json", tmp_path, SCHEMA) == [expected]


def test_every_document_has_an_example_even_without_the_journey(tmp_path: Path) -> None:
    (tmp_path / "journey.json").write_text("[]")
    for example in read_examples(tmp_path / "journey.json", QUERIES, SCHEMA):
        operation = parse(example.document).definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        variables = get_variable_values(SCHEMA, list(operation.variable_definitions or ()), filled(example.variables))
        assert not isinstance(variables, list), variables
