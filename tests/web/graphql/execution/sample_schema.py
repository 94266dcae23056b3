"""A schema of the tests' own, with a field for each way in which an operation can go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import anyio
from graphql import GraphQLResolveInfo, GraphQLSchema, build_schema

from lobby.app.errors import CallerError
from lobby.auth.caller import Caller
from lobby.ports import Unavailable
from tests.web.graphql.execution.probe import Probe

SDL = """
type Query {
  hello: String!
  add(a: Int!, b: Int! = 1): Int!
  later: String!
  who: String!
  refusal: String
  needsPlayer: String!
  nullableNeedsPlayer: String
  breaks: String
  breaksAll: String!
  outOfReach: String
  echo(text: String!): String!
}
type Mutation {
  bump: Int!
  bumpWhenTold: Int!
}
type Subscription {
  count(to: Int!): Int!
  endless: String!
  idle: Int!
  refused: Int!
  refusedInside: Int!
  breaks(after: Int!): Int!
}
"""


@dataclass(frozen=True, slots=True)
class Context:
    caller: Caller
    request_id: str


Info = GraphQLResolveInfo[Context]


def context_of(caller: Caller, request_id: str, address: str) -> Context:
    return Context(caller, request_id)


def sample_schema(probe: Probe) -> GraphQLSchema:
    """The schema above; what its resolvers do can be followed in the probe."""
    schema = build_schema(SDL)
    resolvers = Resolvers(probe)
    for kind in (schema.query_type, schema.mutation_type):
        assert kind is not None
        for name, field in kind.fields.items():
            field.resolve = getattr(resolvers, f"{kind.name.lower()}_{name}")
    assert schema.subscription_type is not None
    for name, field in schema.subscription_type.fields.items():
        field.subscribe = getattr(resolvers, f"subscribe_{name}")
        field.resolve = lambda event, _info, **_: event
    return schema


class Resolvers:
    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._bumps = 0

    def query_hello(self, _root: object, _info: Info) -> str:
        return "world"

    def query_add(self, _root: object, _info: Info, a: int, b: int) -> int:
        return a + b

    async def query_later(self, _root: object, _info: Info) -> str:
        await asyncio.sleep(0)
        return "now"

    def query_who(self, _root: object, info: Info) -> str:
        player = info.context.caller.player
        return player.display_name if player else "a stranger"

    def query_refusal(self, _root: object, info: Info) -> str | None:
        refusal: str | None = info.context.caller.refusal
        return refusal

    def query_needsPlayer(self, _root: object, info: Info) -> str:
        if info.context.caller.player is None:
            raise CallerError("UNAUTHENTICATED", "Sign in first.", {"hint": "signInAsGuest"})
        return self.query_who(_root, info)

    query_nullableNeedsPlayer = query_needsPlayer

    def query_breaks(self, _root: object, _info: Info) -> str:
        raise RuntimeError("the secret of the house")

    query_breaksAll = query_breaks

    def query_outOfReach(self, _root: object, _info: Info) -> str:
        raise Unavailable("no answer from 10.0.0.1")

    def query_echo(self, _root: object, _info: Info, text: str) -> str:
        return text

    def mutation_bump(self, _root: object, _info: Info) -> int:
        self._bumps += 1
        return self._bumps

    async def mutation_bumpWhenTold(self, _root: object, info: Info) -> int:
        self._probe.note("bump waits")
        await self._probe.told()
        self._probe.note("bump done")
        return self.mutation_bump(_root, info)

    async def subscribe_count(self, _root: object, _info: Info, to: int) -> AsyncIterator[int]:
        with self._probe.noting("count"):
            for number in range(1, to + 1):
                yield number

    async def subscribe_endless(self, _root: object, _info: Info) -> AsyncIterator[str]:
        with self._probe.noting("endless"):
            while True:
                yield "x" * 10_000
                await asyncio.sleep(0)

    async def subscribe_idle(self, _root: object, _info: Info) -> AsyncIterator[int]:
        with self._probe.noting("idle"):
            yield 0
            await anyio.sleep_forever()

    async def subscribe_refused(self, _root: object, _info: Info) -> Any:
        raise CallerError("NOT_FOUND", "There is no such party.")

    async def subscribe_refusedInside(self, _root: object, _info: Info) -> AsyncIterator[int]:
        raise CallerError("NOT_FOUND", "There is no such party.")
        yield 0

    async def subscribe_breaks(self, _root: object, _info: Info, after: int) -> AsyncIterator[int]:
        with self._probe.noting("breaks"):
            for number in range(after):
                yield number
            raise RuntimeError("the secret of the house")
