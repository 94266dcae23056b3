"""Operations and plans of documents that are valid, or the test fails."""

from __future__ import annotations

import strawberry

from lobby.operations import DocumentLimits, Documents, PreparedOperation
from lobby.operations.plans import Plan, plan_of
from lobby.operations.prepared import PreparedDocument
from tests.operations.plans.comparing import Compared
from tests.operations.plans.subjects import RICH, rich_stage

LIMITS = DocumentLimits(
    repeated_pairs_max=20_000, spreads_max=1_000, aliases_max=1_000, directives_max=1_000, variables_max=1_000
)
"""Wider than what strangers may send: planning is bounded by itself."""


def operation(schema: strawberry.Schema, text: str, name: str | None = None) -> PreparedOperation:
    document = Documents(schema._schema, LIMITS).read(text)
    assert isinstance(document, PreparedDocument), document
    selected = document.select(name)
    assert isinstance(selected, PreparedOperation), selected
    return selected


def planned(schema: strawberry.Schema, text: str) -> Plan:
    plan = plan_of(operation(schema, text), schema)
    assert plan is not None, "the document has no plan"
    return plan


def has_plan(text: str, schema: strawberry.Schema = RICH.schema) -> bool:
    return plan_of(operation(schema, text), schema) is not None


async def finishes(text: str, variables: dict[str, object] | None = None, viewer: str = "ann") -> bool:
    """Whether the rich schema's plan for a document comes to its end. Both ways of running it come to the same, or the
    test fails."""
    compared = Compared(RICH.schema, text)
    make_stage = rich_stage(viewer)
    by_plan = await compared.planned(variables or {}, make_stage())
    assert await compared.interpreted(variables or {}, make_stage()) == by_plan
    return compared.plan is not None and await compared.finished(variables or {}, make_stage())
