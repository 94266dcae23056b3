from __future__ import annotations

from typing import Any

import pytest
from graphql import FieldNode, GraphQLError, ValidationRule

from tests.web.graphql.execution.probe import Probe
from tests.web.graphql.execution.sample_schema import sample_schema
from web.graphql.execution.document_limits import DocumentLimits
from web.graphql.execution.documents import Documents
from web.graphql.execution.operation import InvalidDocument, Operation, ValidDocument

SCHEMA = sample_schema(Probe())


def documents(**limits: int) -> Documents:
    return Documents(SCHEMA, DocumentLimits(**limits))


def codes(document: ValidDocument | InvalidDocument) -> list[str]:
    assert isinstance(document, InvalidDocument)
    return [entry["extensions"]["code"] for entry in document.errors]


async def test_a_document_is_prepared_once_for_all_its_requests() -> None:
    kept = documents()

    assert await kept.load("{ hello }") is await kept.load("{ hello }")


async def test_an_invalid_document_is_looked_at_once_too() -> None:
    kept = documents()

    assert await kept.load("{ nothing }") is await kept.load("{ nothing }")


async def test_an_error_of_syntax_says_where() -> None:
    document = await documents().load("{ hello")

    assert codes(document) == ["GRAPHQL_PARSE_FAILED"]
    assert isinstance(document, InvalidDocument)
    assert document.errors[0]["locations"] == [{"line": 1, "column": 8}]


async def test_an_unknown_field_fails_validation() -> None:
    assert codes(await documents().load("{ nothing }")) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_no_more_errors_than_the_bound_are_reported() -> None:
    query = "{" + " ".join(f"x{number}" for number in range(50)) + "}"

    # The last one says that there were more.
    assert len(codes(await documents(errors_max=5).load(query))) == 5 + 1


async def test_a_document_of_too_many_characters_is_refused_unread() -> None:
    assert codes(await documents(document_chars_max=20).load("{ hello }" + " " * 20)) == ["LIMIT_EXCEEDED"]


async def test_a_document_of_too_many_tokens_is_not_parsed_to_its_end() -> None:
    query = "{" + " hello" * 200 + "}"

    assert codes(await documents(tokens_max=100).load(query)) == ["GRAPHQL_PARSE_FAILED"]


async def test_comments_count_against_the_tokens() -> None:
    query = "{ hello }" + "#\n" * 200

    assert codes(await documents(tokens_max=100).load(query)) == ["GRAPHQL_PARSE_FAILED"]


@pytest.mark.parametrize(
    "query",
    [
        "{" * 5_000,
        "{ hello " + "... { " * 2_000 + "hello" + "}" * 2_001,
        "query ($x: " + "[" * 5_000,
        '{ echo(text: "\\ud800") }',
        "{ echo(text: " + "[" * 5_000,
        "fragment F on Query { ...F }",
        "{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }",
        "type Query { hello: String }",
        "\x00",
        "",
    ],
)
async def test_a_hostile_document_is_invalid_and_nothing_worse(query: str) -> None:
    assert codes(await documents(tokens_max=100_000, document_chars_max=100_000).load(query))


@pytest.mark.parametrize(
    "query",
    [
        "{" + " hello" * 300 + "}",
        "{" + " ".join(f"a{number}: hello" for number in range(101)) + "}",
        "{ __schema { types { " + "ofType { " * 9 + "name" + " }" * 9 + "} } }",
        "{ ...F0 } "
        + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(30))
        + " fragment F30 on Query { hello }",
    ],
)
async def test_a_document_that_selects_too_much_is_refused(query: str) -> None:
    kept = documents(repeated_pairs_max=10_000, levels_max=10, fields_max=100)

    assert codes(await kept.load(query)) == ["LIMIT_EXCEEDED"]


async def test_the_least_recently_used_document_goes_first() -> None:
    kept = documents(kept_max=2)
    first = await kept.load("{ a: hello }")
    await kept.load("{ b: hello }")
    await kept.load("{ a: hello }")
    await kept.load("{ c: hello }")

    assert first is await kept.load("{ a: hello }")


async def test_kept_documents_are_bounded_by_number() -> None:
    kept = documents(kept_max=2)
    first = await kept.load("{ a: hello }")
    await kept.load("{ b: hello }")
    await kept.load("{ c: hello }")

    assert first is not await kept.load("{ a: hello }")


async def test_kept_documents_are_bounded_by_their_characters() -> None:
    kept = documents(kept_chars_max=20)
    first = await kept.load("{ a: hello }")
    await kept.load("{ b: hello }")

    assert first is not await kept.load("{ a: hello }")


async def test_rules_of_the_lobbys_own_are_validated_too() -> None:
    class NoHello(ValidationRule):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            if node.name.value == "hello":
                self.report_error(GraphQLError("No greetings.", node))

    kept = Documents(SCHEMA, DocumentLimits(), [NoHello])

    assert codes(await kept.load("{ hello }")) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_the_only_operation_needs_no_name() -> None:
    operation = (await documents().load("query Hi { hello }")).select(None)

    assert isinstance(operation, Operation)
    assert operation.name == "Hi"


async def test_of_several_operations_the_named_one_is_chosen() -> None:
    operation = (await documents().load("query A { hello } query B { hello }")).select("B")

    assert isinstance(operation, Operation)
    assert operation.name == "B"


@pytest.mark.parametrize(
    ("query", "name"),
    [("query A { hello } query B { hello }", None), ("query A { hello }", "B"), ("{ hello }", "A")],
)
async def test_an_operation_that_is_not_there_is_an_error_of_that_request(query: str, name: str | None) -> None:
    kept = documents()
    result = (await kept.load(query)).select(name)

    assert isinstance(result, dict)
    assert [entry["extensions"]["code"] for entry in result["errors"]] == ["OPERATION_RESOLUTION_FAILURE"]
    assert isinstance(await kept.load(query), ValidDocument)
