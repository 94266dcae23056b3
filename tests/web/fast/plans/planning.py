"""Operations and plans of documents that are valid, or the test fails."""

from __future__ import annotations

import strawberry

from tests.web.fast.plans.comparing import Compared
from tests.web.fast.plans.subjects import RICH, rich_stage
from web.fast.plans.plan import Plan
from web.fast.plans.planner import plan_of
from web.graphql.execution.document_limits import DocumentLimits
from web.graphql.execution.documents import Documents
from web.graphql.execution.operation import Operation, ValidDocument

LIMITS = DocumentLimits(
    repeated_pairs_max=20_000, spreads_max=1_000, aliases_max=1_000, directives_max=1_000, variables_max=1_000
)
"""Wider than what strangers may send: planning is bounded by itself."""


def operation(schema: strawberry.Schema, text: str, name: str | None = None) -> Operation:
    document = Documents(schema._schema, LIMITS).read(text)
    assert isinstance(document, ValidDocument), document
    selected = document.select(name)
    assert isinstance(selected, Operation), selected
    return selected


def planned(schema: strawberry.Schema, text: str) -> Plan:
    plan = plan_of(operation(schema, text), schema)
    assert plan is not None, "the document has no plan"
    return plan


def has_plan(text: str, schema: strawberry.Schema = RICH.schema) -> bool:
    return plan_of(operation(schema, text), schema) is not None


async def finishes(text: str, variables: dict[str, object] | None = None, viewer: str = "ann") -> bool:
    """True if the rich schema's plan for a document finishes. The test fails unless both ways of running it have the same
    result."""
    compared = Compared(RICH.schema, text)
    make_stage = rich_stage(viewer)
    by_plan = await compared.planned(variables or {}, make_stage())
    assert await compared.interpreted(variables or {}, make_stage()) == by_plan
    return compared.plan is not None and await compared.finished(variables or {}, make_stage())
