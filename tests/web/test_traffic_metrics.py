"""What is counted of operations and responses adds up, by name, by kind and by status."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from graphql import OperationType, parse

from resolvers.root import schema
from tests.waiting import wait_until
from web.graphql.execution.operation import OTHER, Operation, index_operations
from web.traffic_metrics import OPERATION_BOUNDS_S, AnsweredRequest, TrafficMetrics


def operation(text: str, is_trusted: bool = True) -> Operation:
    [found] = index_operations(schema._schema, parse(text), is_trusted).operations
    return found


ME = operation("query Me { me { id } }")
INFO = operation("query Info { serverInfo { version } }")
LEAVE = operation("mutation Leave($input: LeavePartyInput!) { leaveParty(input: $input) { __typename } }")
UNNAMED = operation("{ me { id } }", is_trusted=False)
OF_A_STRANGER = operation("mutation Me($input: LeavePartyInput!) { leaveParty(input: $input) { __typename } }", False)


@pytest.fixture
async def traffic() -> AsyncIterator[TrafficMetrics]:
    metrics = TrafficMetrics()
    metrics.add_operations(["Me", "Info", "Leave"])
    for counted, took_s in (
        (ME, 0.0004),
        (ME, OPERATION_BOUNDS_S[0]),
        (ME, 0.003),
        (LEAVE, 0.003),
        (UNNAMED, 0.02),
        (OF_A_STRANGER, 9.0),
    ):
        metrics.count_operation(counted, took_s)
    yield metrics
    metrics.requests()  # the operations are those of all tests


async def test_operations_count_by_name_and_those_of_clients_together(traffic: TrafficMetrics) -> None:
    counts = {name: sum(times.counts) for name, times in traffic.operations().items()}
    seconds = {name: times.total for name, times in traffic.operations().items()}

    assert counts == {OTHER: 2, "Me": 3, "Info": 0, "Leave": 1}
    assert seconds == pytest.approx({OTHER: 9.02, "Me": 0.0039, "Info": 0.0, "Leave": 0.003})


async def test_each_kind_has_the_values_up_to_each_bound_of_all_its_operations(traffic: TrafficMetrics) -> None:
    query, mutation = traffic.kinds()[OperationType.QUERY], traffic.kinds()[OperationType.MUTATION]

    assert dict(zip(OPERATION_BOUNDS_S, query.counts, strict=False)) == {
        **dict.fromkeys(OPERATION_BOUNDS_S, 0),
        0.0005: 2,
        0.005: 1,
        0.025: 1,
    }
    assert (mutation.counts[OPERATION_BOUNDS_S.index(0.005)], mutation.counts[-1]) == (1, 1)
    assert sum(mutation.counts) == 2
    assert (query.total, mutation.total) == pytest.approx((0.0239, 9.003))
    assert sum(traffic.kinds()[OperationType.SUBSCRIPTION].counts) == 0
    assert sum(traffic.requests().counts) == 6


async def test_what_was_read_does_not_change_later(traffic: TrafficMetrics) -> None:
    before = traffic.requests()
    traffic.count_operation(INFO, 0.1)

    assert (sum(before.counts), sum(traffic.requests().counts)) == (6, 7)


async def test_times_are_counted_without_a_reader(traffic: TrafficMetrics) -> None:
    """So what waits to be counted is bounded."""

    async def is_counted() -> bool:
        return ME.took_s == []

    await wait_until(is_counted)
    assert sum(traffic.operations()["Me"].counts) == 3


def test_responses_of_both_paths_count_together_by_status() -> None:
    traffic = TrafficMetrics()
    traffic.answered += 2
    traffic.count_graphql(500)
    traffic.count_response(AnsweredRequest("POST", "/graphql", "/graphql", "127.0.0.1", 0.0), 200, "r1")
    traffic.count_response(AnsweredRequest("GET", "/nothing", OTHER, "127.0.0.1", 0.0), 404, None)

    assert traffic.responses["/graphql"] == {200: 3, 500: 1}
    assert traffic.responses[OTHER] == {404: 1}
    assert sum(sum(statuses.values()) for statuses in traffic.responses.values()) == 5
