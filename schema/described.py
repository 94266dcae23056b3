"""A resolver's field with a description, as the type checker can read it (Strawberry's own decorator is untyped then)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import strawberry

Resolver = TypeVar("Resolver", bound=Callable[..., object])


def described(description: str) -> Callable[[Resolver], Resolver]:
    return cast(Callable[[Resolver], Resolver], strawberry.field(description=description))
