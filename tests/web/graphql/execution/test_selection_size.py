from __future__ import annotations

import pytest
from graphql import get_introspection_query, parse

from lobby.operations import DocumentLimits
from lobby.operations.shape import repeated_pairs
from lobby.operations.size import Size, sizes


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("{ a }", Size(1, 1)),
        ("{ a b { c { d } } e }", Size(3, 5)),
        ("{ ... { a ... on T { b } } }", Size(1, 2)),
        ("{ a { ...F } b { ...F } } fragment F on T { c { d } }", Size(3, 6)),
        ("{ ...F } fragment F on T { a ...G } fragment G on T { b { c } }", Size(2, 3)),
        ("{ a {} }", Size(1, 1)),
    ],
)
def test_fragments_are_written_out(query: str, size: Size) -> None:
    assert [size] == sizes(parse(query))


def test_every_operation_has_its_size() -> None:
    assert [Size(1, 1), Size(2, 2)] == sizes(parse("query A { a } mutation B { b { c } }"))


def test_fragments_that_double_are_measured_in_no_time() -> None:
    doubling = " ".join(f"fragment F{n} on T {{ a {{ ...F{n + 1} }} b {{ ...F{n + 1} }} }}" for n in range(60))
    (size,) = sizes(parse(f"{{ ...F0 }} {doubling} fragment F60 on T {{ c }}"))

    assert Size(61, 2**61 - 2 + 2**60) == size


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("{ a b c }", 0),
        ("{ a a a }", 3),
        ("{ a: x a: y b }", 1),
        ("{ a { a } ... { a } ...F } fragment F on T { a }", 6),
        ("query A { a } query B { a }", 1),
    ],
)
def test_pairs_of_the_same_response_name_are_counted(query: str, pairs: int) -> None:
    assert pairs == repeated_pairs(parse(query))


def test_introspection_is_far_from_the_bounds() -> None:
    document = parse(get_introspection_query(input_value_deprecation=True))
    limits = DocumentLimits()
    (size,) = sizes(document)

    assert size.levels < limits.levels_max
    assert size.fields < limits.fields_max / 4
    assert repeated_pairs(document) < limits.repeated_pairs_max / 10
