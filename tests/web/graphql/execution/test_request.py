from __future__ import annotations

import pytest

from web.graphql.execution.operation import MalformedRequest, OperationRequest, read_request


def test_a_request_of_only_a_query_is_enough() -> None:
    assert OperationRequest("{ hello }", None, {}, {}) == read_request({"query": "{ hello }"})


def test_all_parameters_are_read() -> None:
    request = {"query": "q", "operationName": "Name", "variables": {"a": 1}, "extensions": {"b": 2}}

    assert OperationRequest("q", "Name", {"a": 1}, {"b": 2}) == read_request(request)


def test_null_counts_as_left_out() -> None:
    request = {"query": "q", "operationName": None, "variables": None, "extensions": None}

    assert OperationRequest("q", None, {}, {}) == read_request(request)


def test_an_empty_operation_name_counts_as_left_out() -> None:
    """Unity's JsonUtility has no other way to write one that is null."""
    assert read_request({"query": "q", "operationName": ""}).operation_name is None


def test_unknown_keys_are_ignored() -> None:
    assert read_request({"query": "q", "doc_id": 7}).query == "q"


_NO_OBJECTS: list[object] = [None, 0, True, "text", [], [{"query": "q"}]]
_NO_STRINGS: list[object] = [0, False, [], {}]
_NO_MAPPINGS: list[object] = [0, False, [], "text", ""]


@pytest.mark.parametrize(
    ("field", "request_"),
    [
        *(("", wrong) for wrong in _NO_OBJECTS),
        *(("query", {"query": wrong}) for wrong in [*_NO_STRINGS, None]),
        ("query", {}),
        *(("operationName", {"query": "q", "operationName": wrong}) for wrong in _NO_STRINGS),
        *((name, {"query": "q", name: wrong}) for name in ("variables", "extensions") for wrong in _NO_MAPPINGS),
    ],
)
def test_a_parameter_of_the_wrong_type_is_named(field: str, request_: object) -> None:
    with pytest.raises(MalformedRequest) as raised:
        read_request(request_)

    assert field == raised.value.field
    assert field in raised.value.message
