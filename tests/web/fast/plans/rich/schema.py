"""A schema that has everything that the plans must know of, or know that they don't."""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig

from tests.operations.plans.rich.mutations import Mutation
from tests.operations.plans.rich.queries import Query
from tests.operations.plans.rich.scalars import SCALARS
from tests.operations.plans.rich.subscriptions import Subscription
from tests.operations.plans.rich.things import Cat, Dog, Note, Stone

schema = strawberry.Schema(
    Query, Mutation, Subscription, types=[Cat, Dog, Stone, Note], config=StrawberryConfig(scalar_map=SCALARS)
)
