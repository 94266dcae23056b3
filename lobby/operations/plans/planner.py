"""Which operations get a plan: trusted ones at once, others when they have been asked for often enough."""

from __future__ import annotations

import strawberry
from graphql import GraphQLSchema

from lobby.operations.plans.compile import plan_of
from lobby.operations.prepared import PreparedOperation

PLANNED_AT_USES = 4
"""Planning takes some 10 ms, as much as a few executions without; a document that comes once is not worth it."""


class Planner:
    """Plans the operations of a schema made with Strawberry; of any other schema it plans none."""

    def __init__(self, schema: GraphQLSchema) -> None:
        own = getattr(schema, "_strawberry_schema", None)
        self._schema = own if isinstance(own, strawberry.Schema) else None

    def used(self, operation: PreparedOperation) -> None:
        """Count one use, and plan the operation at the one that makes it worth it."""
        if operation.uses < PLANNED_AT_USES:
            operation.uses += 1
            if operation.uses == PLANNED_AT_USES:
                self.plan(operation)

    def plan(self, operation: PreparedOperation) -> None:
        operation.uses = PLANNED_AT_USES
        if self._schema is not None and operation.plan is None:
            operation.plan = plan_of(operation, self._schema)
