"""Root fields of subscriptions: each yields the events of its context, whether they fit or not."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import strawberry

from lobby.app.errors import CallerError
from tests.web.fast.plans.rich.context import Context, Info, noted
from tests.web.fast.plans.rich.inputs import Even, Everything
from tests.web.fast.plans.rich.things import Anything, Creature, Thing


async def _events(context: Context) -> AsyncIterator[Any]:
    for event in context.events:
        yield event


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def anything(info: Info, first: int | None = None) -> AsyncGenerator[Anything, None]:
        async for event in _events(noted(info)):
            yield event

    @strawberry.subscription
    async def thing_maybe(self, info: Info, everything: Everything | None = None) -> AsyncGenerator[Thing | None, None]:
        async for event in _events(noted(info)):
            yield event

    @strawberry.subscription
    async def opened(info: Info) -> AsyncIterator[Anything]:
        return _events(noted(info))

    @strawberry.subscription
    async def lists(info: Info) -> AsyncGenerator[list[list[Thing]], None]:
        async for event in _events(noted(info)):
            yield [[event], [], [event, event]]

    @strawberry.subscription
    async def creatures(info: Info, even: Even) -> AsyncGenerator[list[Creature | None] | None, None]:
        async for event in _events(noted(info)):
            yield [event, None]

    @strawberry.subscription
    async def text(info: Info) -> AsyncGenerator[str, None]:
        async for event in _events(noted(info)):
            yield event

    @strawberry.subscription
    async def refused(info: Info) -> AsyncGenerator[Thing, None]:
        raise CallerError("REFUSED", f"Not you, {noted(info).viewer}.")
        yield

    @strawberry.subscription
    async def refused_at_opening(info: Info) -> AsyncIterator[Thing]:
        raise CallerError("REFUSED", f"Not you, {noted(info).viewer}.")

    @strawberry.subscription
    async def breaks(info: Info) -> AsyncGenerator[Thing, None]:
        async for event in _events(noted(info)):
            yield event
        raise RuntimeError("the secret of the house")
