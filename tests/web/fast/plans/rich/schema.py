"""A schema that has everything that the plans must know of, or know that they don't."""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig

from tests.web.fast.plans.rich.mutations import Mutation
from tests.web.fast.plans.rich.queries import Query
from tests.web.fast.plans.rich.scalars import SCALARS
from tests.web.fast.plans.rich.subscriptions import Subscription
from tests.web.fast.plans.rich.things import Cat, Dog, Note, Stone

schema = strawberry.Schema(
    Query, Mutation, Subscription, types=[Cat, Dog, Stone, Note], config=StrawberryConfig(scalar_map=SCALARS)
)
