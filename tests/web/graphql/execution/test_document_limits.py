"""Limits of documents and variables."""

from __future__ import annotations

import pytest
from graphql import parse

from tests.web.graphql.execution.calling import core_operations, execute, prepare
from tests.web.graphql.execution.probe import Probe
from tests.web.graphql.execution.sample_schema import sample_schema
from web.graphql.execution.document_limits import DocumentLimits, variables_violation, violation
from web.graphql.execution.documents import document_hash
from web.graphql.execution.operation import Operation, OperationRequest

LIMITS = DocumentLimits(
    operations_max=2,
    fragments_max=2,
    spreads_max=2,
    aliases_max=2,
    directives_max=2,
    variables_max=2,
    items_max=2,
    repeated_pairs_max=2,
    variables_depth_max=3,
)


@pytest.mark.parametrize(
    ("most", "more"),
    [
        ("{ a: x b: x }", "{ a: x b: x c: x }"),
        ("query A { a } query B { a }", "query A { a } query B { b } query C { c }"),
        ("{ a @x @y }", "{ a @x @y b @z }"),
        ("{ ...F ...F } fragment F on T { a }", "{ ...F } fragment F on T { ...F ...F }"),
        (
            "fragment F on T { a } fragment G on T { b }",
            "fragment F on T { a } fragment G on T { b } fragment H on T { c }",
        ),
        ("query ($a: X, $b: X) { a }", "query ($a: X, $b: X, $c: X) { a }"),
        ("{ f(a: [1, 2]) }", "{ f(a: [1, 2, 3]) }"),
        ("{ f(a: {b: 1, c: 2}) }", "{ f(a: {b: 1, c: {d: 1, e: 2, f: 3}}) }"),
        ("{ a a }", "{ a a a }"),
    ],
)
def test_one_more_than_the_bound_is_too_much(most: str, more: str) -> None:
    assert violation(parse(most), LIMITS) is None
    assert violation(parse(more), LIMITS) is not None


@pytest.mark.parametrize(
    ("most", "more"),
    [
        ({"a": [1, 2]}, {"a": [1, 2, 3]}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 2, "d": 3}}),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": {"d": 1}}}}),
        ({}, {"a": 1, "b": 2, "c": 3}),
    ],
)
def test_variables_are_held_to_bounds_too(most: dict[str, object], more: dict[str, object]) -> None:
    assert variables_violation(most, LIMITS) is None
    assert variables_violation(more, LIMITS) is not None


async def test_a_document_known_from_the_start_is_held_to_none() -> None:
    text = "{ a: hello b: hello c: hello }"
    operations = core_operations(sample_schema(Probe()), LIMITS, trusted=[text])
    strangers = core_operations(sample_schema(Probe()), LIMITS)
    request = OperationRequest(text, None, {"unused": [1, 2, 3]}, {})

    assert not isinstance(await prepare(operations, request), dict)
    assert isinstance(await prepare(strangers, request), dict)


async def test_the_answer_of_a_document_known_from_the_start_has_a_bound_too() -> None:
    text = "query Echo($text: String!) { echo(text: $text) }"
    limits = DocumentLimits(answer_bytes_max=100)
    operations = core_operations(sample_schema(Probe()), limits, trusted=[text])
    short = await execute(operations, text, variables={"text": "x" * 300})
    long = await execute(operations, text, variables={"text": "x" * 500})

    assert short["data"]["echo"] == "x" * 300
    assert [error["extensions"]["code"] for error in long["errors"]] == ["LIMIT_EXCEEDED"]


async def test_each_trusted_document_must_be_valid_by_itself() -> None:
    texts = ["query A { ...F } fragment F on Query { hello }", "query B { ...F }", "query C { nothing }"]
    operations = core_operations(sample_schema(Probe()), trusted=texts)
    good, lacks_fragment, wrong = [await prepare(operations, OperationRequest(text, None, {}, {})) for text in texts]

    assert not isinstance(good, dict)
    assert isinstance(lacks_fragment, dict)
    assert "F" in lacks_fragment["errors"][0]["message"]
    assert isinstance(wrong, dict)
    assert "nothing" in wrong["errors"][0]["message"]


async def test_a_trusted_document_is_read_at_its_first_request_by_text_or_by_hash() -> None:
    text = "{ hello }"
    for request in (
        OperationRequest(text, None, {}, {}),
        OperationRequest(None, None, {}, {}, document_hash(text)),
        OperationRequest(text, None, {}, {}, document_hash(text)),
    ):
        operations = core_operations(sample_schema(Probe()), trusted=[text])
        assert operations.find(request) is None
        operation = await prepare(operations, request)

        assert isinstance(operation, Operation)
        assert operations.find(request) is operation
        assert operations.find(OperationRequest(text, None, {}, {})) is operation


@pytest.mark.parametrize("query", ["{ __schema { types { name } } }", '{ __type(name: "Query") { name } }'])
async def test_without_introspection_nobody_asks_what_there_is(query: str) -> None:
    operations = core_operations(sample_schema(Probe()), introspection=False)
    answer = await prepare(operations, OperationRequest(query, None, {}, {}))

    assert isinstance(answer, dict)
    assert "introspection" in answer["errors"][0]["message"]


async def test_without_introspection_no_error_says_what_may_have_been_meant() -> None:
    asked = OperationRequest("{ helo }", None, {}, {})
    closed = await prepare(core_operations(sample_schema(Probe()), introspection=False), asked)
    open_ = await prepare(core_operations(sample_schema(Probe())), asked)

    assert "Did you mean" in str(open_)
    assert "Did you mean" not in str(closed)


async def test_a_new_document_waits_until_it_can_be_afforded_and_a_known_one_does_not() -> None:
    operations = core_operations(sample_schema(Probe()))
    asked = OperationRequest("{ hello }", None, {}, {})

    refused = await operations.prepare(asked, lambda chars: 100 * chars)
    assert isinstance(refused, dict)
    assert refused["errors"][0]["extensions"] == {"code": "RATE_LIMITED", "retryAfterMs": 900}
    assert not isinstance(await operations.prepare(asked, lambda _: 0), dict)
    assert not isinstance(await operations.prepare(asked, lambda _: 1_000), dict)
