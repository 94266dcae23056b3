"""What resolvers see of the operation that a plan runs."""

from __future__ import annotations

from typing import Any


class PlannedInfo:
    """The part of Strawberry's `Info` that costs nothing: the context and the field's name.

    The rest stands on a dozen objects that graphql-core makes for each field; a resolver that asks for it has no plan.
    """

    __slots__ = ("context", "field_name")

    def __init__(self, field_name: str, context: object) -> None:
        self.field_name = field_name
        self.context = context

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a planned operation gives its resolvers context and field_name, not {name}")
