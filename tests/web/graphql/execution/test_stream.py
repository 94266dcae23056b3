from __future__ import annotations

import asyncio
import json

import pytest

from tests.web.graphql.execution.calling import REQUEST_ID, core_operations, follow, results, subscribe
from tests.web.graphql.execution.probe import Probe
from tests.web.graphql.execution.sample_schema import sample_schema
from web.graphql.execution.operation_service import Operations
from web.graphql.execution.result import is_request_error


@pytest.fixture
def probe() -> Probe:
    return Probe()


@pytest.fixture
def operations(probe: Probe) -> Operations:
    return core_operations(sample_schema(probe))


async def test_each_event_is_executed_into_a_result(operations: Operations) -> None:
    stream = await follow(operations, "subscription { n: count(to: 2) }")

    assert await results(stream) == [{"data": {"n": 1}}, {"data": {"n": 2}}]


async def test_closing_the_stream_closes_the_source_at_once(operations: Operations, probe: Probe) -> None:
    stream = await follow(operations, "subscription { endless }")
    await anext(stream)
    await stream.aclose()

    assert [await probe.next_note(), await probe.next_note()] == ["endless opened", "endless closed"]


async def test_cancelling_whoever_waits_closes_the_source(operations: Operations, probe: Probe) -> None:
    stream = await follow(operations, "subscription { idle }")
    await anext(stream)
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])

    assert [await probe.next_note(), await probe.next_note()] == ["idle opened", "idle closed"]


@pytest.mark.parametrize("field", ["refused", "refusedInside"])
async def test_a_refusal_is_one_result_with_its_code(operations: Operations, field: str) -> None:
    """True if the resolver refuses before it makes its source, or the source at its first event."""
    answer = await subscribe(operations, f"subscription {{ it: {field} }}")
    result = answer if isinstance(answer, dict) else json.loads(await anext(answer))

    assert {"message": "There is no such party.", "path": ["it"]}.items() <= result["errors"][0].items()
    assert result["errors"][0]["extensions"] == {"code": "NOT_FOUND"}
    assert result["data"] is None
    if not isinstance(answer, dict):
        assert await results(answer) == []


async def test_a_source_that_breaks_ends_with_a_masked_error(
    operations: Operations, caplog: pytest.LogCaptureFixture
) -> None:
    stream = await follow(operations, "subscription { breaks(after: 1) }")
    first, last = await results(stream)

    assert first == {"data": {"breaks": 0}}
    assert last["errors"][0]["extensions"] == {"code": "INTERNAL", "requestId": REQUEST_ID}
    assert len(caplog.records) == 1


async def test_a_source_that_breaks_under_a_fragment_ends_the_same_way(operations: Operations) -> None:
    query = "subscription { ...F } fragment F on Subscription { refusedInside }"
    stream = await follow(operations, query)

    assert [result["errors"][0]["extensions"]["code"] for result in await results(stream)] == ["NOT_FOUND"]


async def test_variables_that_cannot_be_coerced_open_no_stream(operations: Operations) -> None:
    result = await subscribe(operations, "subscription ($to: Int!) { count(to: $to) }")

    assert isinstance(result, dict)
    assert is_request_error(result)
