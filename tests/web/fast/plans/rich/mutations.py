"""Root fields of mutations. Their results say how many were called before them."""

from __future__ import annotations

from typing import Annotated

import strawberry

from lobby.app.errors import CallerError
from tests.web.fast.plans.rich import things
from tests.web.fast.plans.rich.context import Info, noted
from tests.web.fast.plans.rich.inputs import Either, Even, Everything
from tests.web.fast.plans.rich.odd import Odd, OddKind, made
from tests.web.fast.plans.rich.scalars import Fussy
from tests.web.fast.plans.rich.things import Creature, Thing


@strawberry.type
class Changed:
    thing: Thing
    calls: int
    odd: Odd


@strawberry.type
class Refusal:
    code: str
    creature: Creature | None


Change = Annotated[Changed | Refusal, strawberry.union("Change")]


@strawberry.type
class Mutation:
    @strawberry.field
    async def bump(info: Info, by: int = 1) -> int:
        return len(noted(info).calls) * by

    @strawberry.field
    def bump_at_once(info: Info) -> int:
        return len(noted(info).calls)

    @strawberry.field
    async def change(info: Info, everything: Everything) -> Change:
        calls = len(noted(info).calls)
        if everything.flag:
            return Refusal(code="FLAGGED", creature=things.creature(everything.number % 5))
        return Changed(thing=things.thing(calls), calls=calls, odd=Odd())

    @strawberry.field
    async def change_even(info: Info, even: Even) -> Changed | None:
        calls = len(noted(info).calls)
        return Changed(thing=things.thing(even.number), calls=calls, odd=Odd())

    @strawberry.field
    async def choose(info: Info, either: Either, fussy: Fussy | None = None) -> str | None:
        return f"{len(noted(info).calls)} {either} {fussy}"

    @strawberry.field
    async def odd_change(info: Info, kind: OddKind) -> Change | None:
        noted(info)
        value: Change | None = made(kind)
        return value

    @strawberry.field
    def odd_number(info: Info, kind: OddKind) -> int:
        noted(info)
        value: int = made(kind)
        return value

    @strawberry.field
    async def refuse(info: Info) -> str | None:
        raise CallerError("REFUSED", f"Not you, after {len(noted(info).calls)}.")

    @strawberry.field
    def fail(info: Info) -> str:
        noted(info)
        raise RuntimeError("the secret of the house")
