from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum

import pytest
import strawberry

from tests.web.fast.plans.planning import operation
from tests.web.fast.plans.subjects import LOBBY, RICH
from tests.web.graphql.execution.calling import prepare
from web.fast.planned_executor import PLANNED_FIRST_FIELDS, PlannedExecutor
from web.fast.plans.planner import PLANNED_AT_USES, PlanLimits, PlanRegistry
from web.fast.push import FrameCache
from web.graphql.execution.documents import TooBusy
from web.graphql.execution.executor import CoreExecutor
from web.graphql.execution.operation import Operation, OperationCall, OperationRequest
from web.graphql.execution.operation_service import Operations

UNPLANNED = "{ __typename }"


def _prepared(number: int = 0) -> Operation:
    return operation(RICH.schema, f"{{ a{number}: cat {{ id name }} }}")


def _used(plans: PlanRegistry, operation: Operation, times: int = PLANNED_AT_USES) -> None:
    for _ in range(times):
        if plans.count_use(operation):
            plans.add(operation, plans.build(operation))


def test_an_operation_is_planned_when_it_was_used_often_enough() -> None:
    plans, used = PlanRegistry(RICH.schema), _prepared()

    _used(plans, used, PLANNED_AT_USES - 1)
    assert plans.get(used) is None
    _used(plans, used, 1)
    assert plans.get(used) is not None


def test_an_operation_is_planned_once() -> None:
    plans, used = PlanRegistry(RICH.schema), _prepared()
    _used(plans, used)
    plan = plans.get(used)
    _used(plans, used)

    assert plans.get(used) is plan


def test_an_operation_that_can_have_no_plan_is_not_tried_again() -> None:
    plans, used = PlanRegistry(RICH.schema), operation(RICH.schema, UNPLANNED)
    _used(plans, used)

    assert plans.get(used) is None
    assert not any(plans.count_use(used) for _ in range(PLANNED_AT_USES))


@pytest.mark.parametrize("limits", [PlanLimits(plans_max=3), PlanLimits(fields_max=6)])
def test_plans_are_bounded_by_number_and_by_fields_oldest_first(limits: PlanLimits) -> None:
    plans, used = PlanRegistry(RICH.schema, limits), [_prepared(number) for number in range(5)]
    for each in used:
        _used(plans, each)

    assert [plans.get(each) is not None for each in used] == [False, False, True, True, True]


def test_an_operation_that_lost_its_plan_gets_another_after_as_many_uses() -> None:
    plans, first, second = PlanRegistry(RICH.schema, PlanLimits(plans_max=1)), _prepared(1), _prepared(2)
    _used(plans, first)
    _used(plans, second)
    assert plans.get(first) is None

    _used(plans, first, PLANNED_AT_USES - 1)
    assert plans.get(first) is None
    _used(plans, first, 1)
    assert plans.get(first) is not None
    assert plans.get(second) is None


def test_the_plan_of_a_trusted_document_stays() -> None:
    plans, trusted = PlanRegistry(RICH.schema, PlanLimits(plans_max=1)), replace(_prepared(), is_trusted=True)
    plans.add(trusted, plans.build(trusted))
    for number in range(1, 4):
        _used(plans, _prepared(number))

    assert plans.get(trusted) is not None


def test_an_operation_that_is_forgotten_takes_its_use_count_with_it() -> None:
    plans, used = PlanRegistry(RICH.schema), _prepared()
    _used(plans, used, 1)
    reference = weakref.ref(used)
    del used
    gc.collect()

    assert reference() is None


def _executor(schema: strawberry.Schema) -> PlannedExecutor:
    return PlannedExecutor(CoreExecutor(schema._schema), PlanRegistry(schema), FrameCache())


async def test_trusted_documents_are_planned_at_once_and_others_in_time() -> None:
    executor = _executor(RICH.schema)
    operations = Operations(RICH.schema._schema, executor, trusted=["{ cat { id } }"])

    for text, is_planned_at in (("{ cat { id } }", 1), ("{ cat { name } }", PLANNED_AT_USES)):
        for _ in range(is_planned_at):
            prepared = await prepare(operations, OperationRequest(text, None, {}, {}))
        assert isinstance(prepared, Operation)
        assert executor.has_plan(prepared)


async def test_an_expensive_operation_is_planned_before_it_first_runs() -> None:
    executor = _executor(RICH.schema)
    operations = Operations(RICH.schema._schema, executor)
    fields = " ".join(f"a{number}: nearby(first: 100) {{ id }}" for number in range(PLANNED_FIRST_FIELDS // 100 + 1))
    prepared = await prepare(operations, OperationRequest(f"{{ cat {{ {fields} }} }}", None, {}, {}))

    assert isinstance(prepared, Operation)
    assert executor.has_plan(prepared)


STREAM = 'subscription { partyEvents(partyId: "p") { seq } }'


@pytest.mark.parametrize("trusted", [(), (STREAM,)], ids=["untrusted", "trusted"])
async def test_streams_that_begin_at_the_same_moment_all_have_a_plan(trusted: Sequence[str]) -> None:
    """A stream is executed to its end as it begins: for hours without a plan, if it began while the plan was built."""
    executor = _executor(LOBBY.schema)
    operations = Operations(LOBBY.schema._schema, executor, trusted=trusted)
    request = OperationRequest(STREAM, None, {}, {})

    async def has_plan_when_it_begins() -> bool:
        prepared = await prepare(operations, request)
        assert isinstance(prepared, Operation)
        return executor.has_plan(prepared)

    assert await asyncio.gather(*(has_plan_when_it_begins() for _ in range(8))) == [True] * 8


async def test_a_caller_that_goes_away_does_not_end_the_planning() -> None:
    executor = _executor(LOBBY.schema)
    operations = Operations(LOBBY.schema._schema, executor, trusted=[STREAM])
    request = OperationRequest(STREAM, None, {}, {})
    gone = asyncio.create_task(prepare(operations, request))
    while not executor._building:  # noqa: ASYNC110
        await asyncio.sleep(0)
    gone.cancel()
    prepared = await prepare(operations, request)
    assert isinstance(prepared, Operation)
    assert executor.has_plan(prepared)


async def test_a_plan_for_which_there_was_no_time_is_built_at_the_next_use(monkeypatch: pytest.MonkeyPatch) -> None:
    executor = _executor(LOBBY.schema)
    operations = Operations(LOBBY.schema._schema, executor)
    request = OperationRequest(STREAM, None, {}, {})

    async def refuse(*_: object) -> None:
        raise TooBusy

    with monkeypatch.context() as busy:
        busy.setattr("web.fast.planned_executor.offload", refuse)
        for _ in range(2):
            refused = await prepare(operations, request)
            assert not isinstance(refused, Operation)
    prepared = await prepare(operations, request)
    assert isinstance(prepared, Operation)
    assert executor.has_plan(prepared)


@strawberry.enum
class Odd(Enum):
    ODD = "odd"

    @classmethod
    def _missing_(cls, value: object) -> Odd | None:
        return None


Odd._value2member_map_.clear()
"""So Odd("odd") is refused, which planning does not expect."""


@strawberry.type
class Query:
    @strawberry.field
    def odd() -> Odd:
        return Odd.ODD


async def test_a_fault_in_planning_is_logged_once_and_costs_the_caller_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    schema = strawberry.Schema(Query)
    operations = Operations(schema._schema, _executor(schema))
    for _ in range(2 * PLANNED_AT_USES):
        prepared = await prepare(operations, OperationRequest("{ odd }", None, {}, {}))
        assert isinstance(prepared, Operation)
        assert await operations.execute(OperationCall(prepared, {}, None, "r1")) == {"data": {"odd": "ODD"}}

    assert [record.levelname for record in caplog.records] == ["ERROR"]
