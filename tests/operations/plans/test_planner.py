from __future__ import annotations

from enum import Enum

import pytest
import strawberry
from graphql import build_schema

from lobby.operations import DocumentLimits, Documents, OperationCall, OperationRequest, Operations, PreparedOperation
from lobby.operations.plans.planner import PLANNED_AT_USES, Planner, PlannerLimits
from lobby.operations.prepared import PreparedDocument
from tests.operations.plans.planning import operation
from tests.operations.plans.subjects import RICH

CORE = RICH.schema._schema
UNPLANNED = "{ __typename }"


def _prepared(number: int = 0) -> PreparedOperation:
    return operation(RICH.schema, f"{{ a{number}: cat {{ id name }} }}")


def _used(planner: Planner, prepared: PreparedOperation, times: int = PLANNED_AT_USES) -> None:
    for _ in range(times):
        planner.used(prepared)


def test_an_operation_is_planned_when_it_has_been_asked_for_often_enough() -> None:
    planner, prepared = Planner(CORE), _prepared()

    _used(planner, prepared, PLANNED_AT_USES - 1)
    assert prepared.plan is None
    planner.used(prepared)
    assert prepared.plan is not None


def test_it_is_planned_once() -> None:
    planner, prepared = Planner(CORE), _prepared()
    _used(planner, prepared)
    plan = prepared.plan
    _used(planner, prepared)

    assert prepared.plan is plan


def test_what_has_no_plan_is_not_tried_again() -> None:
    planner, prepared = Planner(CORE), operation(RICH.schema, UNPLANNED)
    _used(planner, prepared)
    assert prepared.plan is None

    prepared.definition = operation(RICH.schema, "{ cat { id } }").definition
    _used(planner, prepared)
    assert prepared.plan is None


def test_an_operation_of_a_schema_by_another_hand_is_never_planned() -> None:
    schema = build_schema("type Query { a: String }")
    document = Documents(schema, DocumentLimits()).read("{ a }")
    assert isinstance(document, PreparedDocument)
    prepared = document.select(None)
    assert isinstance(prepared, PreparedOperation)
    _used(Planner(schema), prepared)

    assert prepared.plan is None


@pytest.mark.parametrize("limits", [PlannerLimits(plans_max=3), PlannerLimits(fields_max=6)])
def test_plans_are_bounded_by_number_and_by_fields_oldest_first(limits: PlannerLimits) -> None:
    planner, prepared = Planner(CORE, limits), [_prepared(number) for number in range(5)]
    for each in prepared:
        _used(planner, each)

    assert [each.plan is not None for each in prepared] == [False, False, True, True, True]


def test_what_lost_its_plan_gets_another_when_it_is_asked_for_as_often_again() -> None:
    planner, first, second = Planner(CORE, PlannerLimits(plans_max=1)), _prepared(1), _prepared(2)
    _used(planner, first)
    _used(planner, second)
    assert first.plan is None

    _used(planner, first, PLANNED_AT_USES - 1)
    assert first.plan is None
    planner.used(first)
    assert first.plan is not None
    assert second.plan is None


def test_the_plan_of_a_trusted_document_stays() -> None:
    planner, trusted = Planner(CORE, PlannerLimits(plans_max=1)), _prepared()
    planner.plan(trusted)
    _used(planner, trusted)
    for number in range(1, 4):
        _used(planner, _prepared(number))

    assert trusted.plan is not None


def test_operations_plan_trusted_documents_at_once_and_others_in_time() -> None:
    operations = Operations(CORE, trusted=["{ cat { id } }"])

    for text, is_planned_at in (("{ cat { id } }", 1), ("{ cat { name } }", PLANNED_AT_USES)):
        prepared = [operations.prepare(OperationRequest(text, None, {}, {})) for _ in range(is_planned_at)][-1]
        assert isinstance(prepared, PreparedOperation)
        assert prepared.plan is not None


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
    operations = Operations(strawberry.Schema(Query)._schema)
    for _ in range(2 * PLANNED_AT_USES):
        prepared = operations.prepare(OperationRequest("{ odd }", None, {}, {}))
        assert isinstance(prepared, PreparedOperation)
        assert await operations.execute(OperationCall(prepared, {}, None, "r1")) == {"data": {"odd": "ODD"}}

    assert [record.levelname for record in caplog.records] == ["ERROR"]
