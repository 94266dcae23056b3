from __future__ import annotations

from typing import Any

import pytest
from graphql import FieldNode, GraphQLError, ValidationRule

from lobby.operations import DocumentLimits, Documents, PreparedOperation
from lobby.operations.prepared import InvalidDocument, PreparedDocument
from tests.operations.probe import Probe
from tests.operations.sample_schema import sample_schema

SCHEMA = sample_schema(Probe())


def documents(**limits: int) -> Documents:
    return Documents(SCHEMA, DocumentLimits(**limits))


def codes(document: PreparedDocument | InvalidDocument) -> list[str]:
    assert isinstance(document, InvalidDocument)
    return [entry["extensions"]["code"] for entry in document.errors]


def test_a_document_is_prepared_once_for_all_its_requests() -> None:
    kept = documents()

    assert kept.prepare("{ hello }") is kept.prepare("{ hello }")


def test_an_invalid_document_is_looked_at_once_too() -> None:
    kept = documents()

    assert kept.prepare("{ nothing }") is kept.prepare("{ nothing }")


def test_an_error_of_syntax_says_where() -> None:
    document = documents().prepare("{ hello")

    assert codes(document) == ["GRAPHQL_PARSE_FAILED"]
    assert isinstance(document, InvalidDocument)
    assert document.errors[0]["locations"] == [{"line": 1, "column": 8}]


def test_an_unknown_field_fails_validation() -> None:
    assert codes(documents().prepare("{ nothing }")) == ["GRAPHQL_VALIDATION_FAILED"]


def test_no_more_errors_than_the_bound_are_reported() -> None:
    query = "{" + " ".join(f"x{number}" for number in range(50)) + "}"

    # The last one says that there were more.
    assert len(codes(documents(errors_max=5).prepare(query))) == 5 + 1


def test_a_document_of_too_many_characters_is_refused_unread() -> None:
    assert codes(documents(document_chars_max=20).prepare("{ hello }" + " " * 20)) == ["LIMIT_EXCEEDED"]


def test_a_document_of_too_many_tokens_is_not_parsed_to_its_end() -> None:
    query = "{" + " hello" * 200 + "}"

    assert codes(documents(tokens_max=100).prepare(query)) == ["GRAPHQL_PARSE_FAILED"]


def test_comments_count_against_the_tokens() -> None:
    query = "{ hello }" + "#\n" * 200

    assert codes(documents(tokens_max=100).prepare(query)) == ["GRAPHQL_PARSE_FAILED"]


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
def test_a_hostile_document_is_invalid_and_nothing_worse(query: str) -> None:
    assert codes(documents(tokens_max=100_000, document_chars_max=100_000).prepare(query))


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
def test_a_document_that_selects_too_much_is_refused(query: str) -> None:
    kept = documents(repeated_pairs_max=10_000, levels_max=10, fields_max=100)

    assert codes(kept.prepare(query)) == ["LIMIT_EXCEEDED"]


def test_the_least_recently_used_document_goes_first() -> None:
    kept = documents(kept_max=2)
    first = kept.prepare("{ a: hello }")
    kept.prepare("{ b: hello }")
    kept.prepare("{ a: hello }")
    kept.prepare("{ c: hello }")

    assert first is kept.prepare("{ a: hello }")


def test_kept_documents_are_bounded_by_number() -> None:
    kept = documents(kept_max=2)
    first = kept.prepare("{ a: hello }")
    kept.prepare("{ b: hello }")
    kept.prepare("{ c: hello }")

    assert first is not kept.prepare("{ a: hello }")


def test_kept_documents_are_bounded_by_their_characters() -> None:
    kept = documents(kept_chars_max=20)
    first = kept.prepare("{ a: hello }")
    kept.prepare("{ b: hello }")

    assert first is not kept.prepare("{ a: hello }")


def test_rules_of_the_lobbys_own_are_validated_too() -> None:
    class NoHello(ValidationRule):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            if node.name.value == "hello":
                self.report_error(GraphQLError("No greetings.", node))

    kept = Documents(SCHEMA, DocumentLimits(), [NoHello])

    assert codes(kept.prepare("{ hello }")) == ["GRAPHQL_VALIDATION_FAILED"]


def test_the_only_operation_needs_no_name() -> None:
    operation = documents().prepare("query Hi { hello }").select(None)

    assert isinstance(operation, PreparedOperation)
    assert operation.name == "Hi"


def test_of_several_operations_the_named_one_is_chosen() -> None:
    operation = documents().prepare("query A { hello } query B { hello }").select("B")

    assert isinstance(operation, PreparedOperation)
    assert operation.name == "B"


@pytest.mark.parametrize(
    ("query", "name"),
    [("query A { hello } query B { hello }", None), ("query A { hello }", "B"), ("{ hello }", "A")],
)
def test_an_operation_that_is_not_there_is_an_error_of_that_request(query: str, name: str | None) -> None:
    kept = documents()
    result = kept.prepare(query).select(name)

    assert isinstance(result, dict)
    assert [entry["extensions"]["code"] for entry in result["errors"]] == ["OPERATION_RESOLUTION_FAILURE"]
    assert isinstance(kept.prepare(query), PreparedDocument)
