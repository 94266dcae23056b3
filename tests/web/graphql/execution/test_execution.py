from __future__ import annotations

import pytest

from tests.web.graphql.execution.calling import REQUEST_ID, call, core_operations, execute
from tests.web.graphql.execution.probe import Probe
from tests.web.graphql.execution.sample_schema import sample_schema
from web.graphql.execution.operation_service import Operations
from web.graphql.execution.result import is_request_error


@pytest.fixture
def operations() -> Operations:
    return core_operations(sample_schema(Probe()))


async def test_a_success_has_no_errors_key(operations: Operations) -> None:
    assert await execute(operations, "{ hello }") == {"data": {"hello": "world"}}


async def test_synchronous_and_asynchronous_fields_mix(operations: Operations) -> None:
    assert await execute(operations, "{ hello later }") == {"data": {"hello": "world", "later": "now"}}


async def test_synchronous_resolvers_have_their_result_without_a_turn_of_the_loop(operations: Operations) -> None:
    called = await call(operations, "{ hello }")
    assert not isinstance(called, dict)

    with pytest.raises(StopIteration) as finished:
        operations.execute(called).send(None)

    assert finished.value.value == {"data": {"hello": "world"}}


async def test_a_callers_error_reaches_the_caller_with_code_and_extensions(operations: Operations) -> None:
    result = await execute(operations, "{ hello nullableNeedsPlayer }")

    assert result["data"] == {"hello": "world", "nullableNeedsPlayer": None}
    assert result["errors"] == [
        {
            "message": "Sign in first.",
            "locations": [{"line": 1, "column": 9}],
            "path": ["nullableNeedsPlayer"],
            "extensions": {"code": "UNAUTHENTICATED", "hint": "signInAsGuest"},
        }
    ]


async def test_a_callers_error_is_not_logged(operations: Operations, caplog: pytest.LogCaptureFixture) -> None:
    await execute(operations, "{ needsPlayer }")
    await execute(operations, "{ typo }")
    await execute(operations, "{ hello")
    await execute(operations, "query ($a: Int!) { add(a: $a) }", variables={"a": "text"})

    assert caplog.records == []


async def test_a_fault_of_ours_is_masked_and_logged_once(
    operations: Operations, caplog: pytest.LogCaptureFixture
) -> None:
    result = await execute(operations, "{ breaks }")

    assert result["errors"][0]["extensions"] == {"code": "INTERNAL", "requestId": REQUEST_ID}
    assert result["errors"][0]["message"] == "Internal error"
    assert "secret" not in str(result)
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert REQUEST_ID in record.getMessage()
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "the secret of the house"


async def test_a_field_that_may_not_be_null_takes_its_data_along(operations: Operations) -> None:
    result = await execute(operations, "{ hello breaksAll }")

    assert result["data"] is None
    assert not is_request_error(result)


@pytest.mark.parametrize("variables", [{}, {"a": None}, {"a": "text"}, {"a": 2**40}, {"a": 1.5}, {"a": [[1]]}])
async def test_a_variable_that_cannot_be_coerced_is_a_request_error(
    operations: Operations, variables: dict[str, object]
) -> None:
    result = await execute(operations, "query ($a: Int!) { add(a: $a) }", variables=variables)

    assert is_request_error(result)
    assert result["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_null_where_validation_expected_the_default_is_the_callers_error(
    operations: Operations, caplog: pytest.LogCaptureFixture
) -> None:
    query = "query ($b: Int = 1) { add(a: 1, b: $b) }"

    assert await execute(operations, query) == {"data": {"add": 2}}
    result = await execute(operations, query, variables={"b": None})

    assert result["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert caplog.records == []


async def test_introspection_is_answered(operations: Operations) -> None:
    result = await execute(operations, "{ __schema { queryType { name } } }")

    assert result == {"data": {"__schema": {"queryType": {"name": "Query"}}}}


async def test_deep_variables_are_refused_and_nothing_worse(operations: Operations) -> None:
    deep: object = 1
    for _ in range(900):
        deep = [deep]

    result = await execute(operations, "query ($a: Int!) { add(a: $a) }", variables={"a": deep})

    assert is_request_error(result)


async def test_a_store_out_of_reach_is_nobodys_fault_and_tells_when_to_come_again(
    operations: Operations, caplog: pytest.LogCaptureFixture
) -> None:
    result = await execute(operations, "{ hello outOfReach }")

    assert result["data"] == {"hello": "world", "outOfReach": None}
    (error,) = result["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE", "retryable": True, "retryAfterMs": 1_000}
    assert "10.0.0.1" not in str(result)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert caplog.records[0].exc_info is None
