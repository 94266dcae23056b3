"""An operation that its plan could not finish, run by graphql-core without asking its root fields twice.

Below the root it runs anew: fields other than the root ones of a mutation have no side effects (specification, section 6.3.1).
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from graphql import GraphQLResolveInfo, MiddlewareManager

from lobby.operations.plans.plan import Roots


def replaying(roots: Roots) -> MiddlewareManager:
    """Root fields that gave something give it again; others are resolved as ever."""

    def replay(resolve: Callable[..., Any], source: Any, info: GraphQLResolveInfo[Any], /, **arguments: Any) -> Any:
        if info.path.prev is not None or info.path.key not in roots:
            return resolve(source, info, **arguments)
        value = roots[str(info.path.key)]
        # Errors come in the order in which they would have come, so what was waited for is waited for again.
        return _given_later(value) if iscoroutinefunction(resolve) else _given(value)

    return MiddlewareManager(replay)


def _given(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


async def _given_later(value: Any) -> Any:
    return _given(value)
