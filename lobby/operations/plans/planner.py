"""Which operations get a plan: trusted ones at once, others when they have been asked for often enough."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass

import strawberry
from graphql import GraphQLSchema

from lobby.operations.plans.compile import plan_of
from lobby.operations.plans.kept import KeptTexts
from lobby.operations.prepared import PreparedOperation

log = logging.getLogger(__name__)

PLANNED_AT_USES = 4
"""Planning takes some 10 ms, as much as a few executions without; a document that comes once is not worth it."""


@dataclass(frozen=True, slots=True)
class PlannerLimits:
    """What the plans of documents may take that anybody can send. A plan takes up to 0.8 MB, a thousand times its text."""

    plans_max: int = 500
    fields_max: int = 20_000


class Planner:
    """Plans the operations of a schema made with Strawberry; of any other schema it plans none."""

    def __init__(self, schema: GraphQLSchema, limits: PlannerLimits | None = None) -> None:
        own = getattr(schema, "_strawberry_schema", None)
        self._schema = own if isinstance(own, strawberry.Schema) else None
        self._limits = limits or PlannerLimits()
        self._kept_texts = KeptTexts()
        self._planned: deque[tuple[PreparedOperation, int]] = deque()
        """What was planned for its uses, with the fields of its plan, oldest first."""
        self._fields = 0

    def used(self, operation: PreparedOperation) -> None:
        """Count one use, and plan the operation at the one that makes it worth it."""
        if self.is_due(operation):
            self.plan(operation)
            self.keep(operation)

    def is_due(self, operation: PreparedOperation, at_once: bool = False) -> bool:
        """Count one use: whether it is the one that makes a plan worth it, `at_once` the first. Then `plan` and `keep` it."""
        if operation.uses >= PLANNED_AT_USES:
            return False
        operation.uses = PLANNED_AT_USES if at_once else operation.uses + 1
        return operation.uses == PLANNED_AT_USES

    def plan(self, operation: PreparedOperation) -> None:
        """Plan the operation now, and for good."""
        operation.uses = PLANNED_AT_USES
        if self._schema is None or operation.plan is not None:
            return
        try:
            operation.plan = plan_of(operation, self._schema, self._kept_texts)
        except Exception:
            # Ours to mend; but whoever sent the document can be answered without.
            log.exception("an operation could not be planned, and is left to graphql-core")

    def keep(self, operation: PreparedOperation) -> None:
        """Have it count as one of the plans of documents that anybody can send; the oldest go."""
        if operation.plan is None:
            return
        self._planned.append((operation, operation.plan.fields))
        self._fields += operation.plan.fields
        while len(self._planned) > self._limits.plans_max or self._fields > self._limits.fields_max:
            oldest, fields = self._planned.popleft()
            oldest.plan, oldest.uses = None, 0
            self._fields -= fields
