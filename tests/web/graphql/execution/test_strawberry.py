"""Strawberry's schema is a graphql-core schema underneath, and runs here without Strawberry's own
execution."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import strawberry

from lobby.app.errors import CallerError
from tests.web.graphql.execution.calling import core_operations, execute, follow, results


@strawberry.type
class Query:
    @strawberry.field
    def request_id(self, info: strawberry.Info) -> str:
        return str(info.context.request_id)

    @strawberry.field
    async def refused(self) -> str | None:
        raise CallerError("NOT_FOUND", "Nothing here.")


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int) -> AsyncGenerator[int, None]:
        for number in range(to):
            yield number

    @strawberry.subscription
    async def refused(self) -> AsyncGenerator[int, None]:
        raise CallerError("NOT_FOUND", "Nothing here.")
        yield 0


OPERATIONS = core_operations(strawberry.Schema(Query, subscription=Subscription)._schema)


async def test_resolvers_see_the_context() -> None:
    assert await execute(OPERATIONS, "{ requestId }") == {"data": {"requestId": "r1"}}


async def test_a_callers_error_keeps_its_code() -> None:
    result = await execute(OPERATIONS, "{ refused }")

    assert [entry["extensions"]["code"] for entry in result["errors"]] == ["NOT_FOUND"]


async def test_subscriptions_stream() -> None:
    stream = await follow(OPERATIONS, "subscription { count(to: 2) }")

    assert [result["data"]["count"] for result in await results(stream)] == [0, 1]


async def test_a_generator_that_refuses_keeps_its_code() -> None:
    stream = await follow(OPERATIONS, "subscription { refused }")

    assert [result["errors"][0]["extensions"]["code"] for result in await results(stream)] == ["NOT_FOUND"]
