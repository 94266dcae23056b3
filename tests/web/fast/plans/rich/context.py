"""The context of the rich schema's resolvers: the viewer, the events, and a list of the calls."""

from __future__ import annotations

from dataclasses import dataclass, field

import strawberry


@dataclass(slots=True)
class Context:
    """One run's. Two runs with contexts made alike have the same results."""

    viewer: str = "ann"
    events: tuple[object, ...] = ()
    """The events that subscriptions yield."""
    calls: list[str] = field(default_factory=list)
    """The root resolvers that were called, in their order."""


Info = strawberry.Info[Context, None]


def noted(info: Info) -> Context:
    """The context, with the call of a root resolver in its book."""
    info.context.calls.append(info.field_name)
    return info.context
