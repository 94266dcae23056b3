from __future__ import annotations

from dataclasses import replace

import pytest
from graphql import get_introspection_query, parse

from web.graphql.execution.document_limits import DocumentLimits, SelectionSize, selection_sizes, violation


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("{ a }", SelectionSize(1, 1)),
        ("{ a b { c { d } } e }", SelectionSize(3, 5)),
        ("{ ... { a ... on T { b } } }", SelectionSize(1, 2)),
        ("{ a { ...F } b { ...F } } fragment F on T { c { d } }", SelectionSize(3, 6)),
        ("{ ...F } fragment F on T { a ...G } fragment G on T { b { c } }", SelectionSize(2, 3)),
        ("{ a {} }", SelectionSize(1, 1)),
    ],
)
def test_fragments_are_written_out(query: str, size: SelectionSize) -> None:
    assert [size] == selection_sizes(parse(query))


def test_every_operation_has_its_size() -> None:
    assert [SelectionSize(1, 1), SelectionSize(2, 2)] == selection_sizes(parse("query A { a } mutation B { b { c } }"))


def test_fragments_that_double_are_measured_in_no_time() -> None:
    doubling = " ".join(f"fragment F{n} on T {{ a {{ ...F{n + 1} }} b {{ ...F{n + 1} }} }}" for n in range(60))
    (size,) = selection_sizes(parse(f"{{ ...F0 }} {doubling} fragment F60 on T {{ c }}"))

    assert SelectionSize(61, 2**61 - 2 + 2**60) == size


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("{ a b c }", 0),
        ("{ a a a }", 3),
        ("{ a: x a: y b }", 1),
        ("{ a { a } ... { a } ...F } fragment F on T { a }", 6),
        ("query A { a } query B { a }", 1),
        ("{" + " __typename" * 25 + "}", 30),
        ("{ __typename: a __typename: a }", 1),
        ("{ __typename: a __typename }", 1),
    ],
)
def test_pairs_of_the_same_response_name_are_counted(query: str, pairs: int) -> None:
    document = parse(query)

    assert violation(document, DocumentLimits(repeated_pairs_max=pairs)) is None
    if pairs:
        assert violation(document, DocumentLimits(repeated_pairs_max=pairs - 1)) is not None


def test_introspection_is_far_from_the_bounds() -> None:
    document = parse(get_introspection_query(input_value_deprecation=True))
    limits = DocumentLimits()
    (size,) = selection_sizes(document)

    assert size.levels < limits.levels_max
    assert size.fields < limits.fields_max / 4
    assert violation(document, replace(limits, repeated_pairs_max=limits.repeated_pairs_max // 10)) is None
