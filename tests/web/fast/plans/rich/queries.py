"""Root fields of queries. Each puts its call in the context's book."""

from __future__ import annotations

from typing import Any

import strawberry

from lobby.app.errors import CallerError
from tests.web.fast.plans.rich import things
from tests.web.fast.plans.rich.context import Info, noted
from tests.web.fast.plans.rich.enums import Color, Mood
from tests.web.fast.plans.rich.inputs import Branch, Either, Even, Everything, Point
from tests.web.fast.plans.rich.odd import Odd, OddKind, made
from tests.web.fast.plans.rich.scalars import Blob, Fussy, Moment
from tests.web.fast.plans.rich.things import Anything, Box, Cat, Creature, Note, Pet, Thing


@strawberry.type
class Query:
    @strawberry.field
    def thing(info: Info, number: int = 1) -> Thing | None:
        noted(info)
        return things.thing(number) if number >= 0 else None

    @strawberry.field
    async def creatures(info: Info, first: int = 3) -> list[Creature]:
        noted(info)
        return [things.creature(number) for number in range(min(first, 6))]

    @strawberry.field
    async def things(info: Info) -> list[Thing | None] | None:
        noted(info)
        return [things.thing(4), None, things.thing(5)]

    @strawberry.field
    async def pet(info: Info, id: strawberry.ID, mood: Mood | None = None) -> Pet:
        noted(info)
        return things.creature(len(id) + (mood is None))

    @strawberry.field
    def anything(info: Info, numbers: list[int] = [4, 1, 5, 2]) -> list[Anything | None]:  # noqa: B006
        noted(info)
        return [things.anything(number) if number >= 0 else None for number in numbers[:4]]

    @strawberry.field
    def cat(info: Info) -> Cat:
        noted(info)
        return things.cat(5)

    @strawberry.field
    async def note(info: Info, number: int) -> Note | None:
        noted(info)
        return things.note(number) if number % 7 else None

    @strawberry.field
    def box(self, info: Info) -> Box[int]:
        noted(info)
        return Box(content=3, count=1)

    @strawberry.field
    def odd(info: Info) -> Odd:
        noted(info)
        return Odd()

    @strawberry.field
    async def odd_maybe(info: Info) -> Odd | None:
        noted(info)
        return Odd()

    @strawberry.field
    def odd_text(info: Info, kind: OddKind) -> str | None:
        noted(info)
        value: str | None = made(kind)
        return value

    @strawberry.field
    async def odd_thing(info: Info, kind: OddKind) -> Thing:
        noted(info)
        value: Thing = made(kind)
        return value

    @strawberry.field
    async def odd_lists(info: Info, kind: OddKind) -> list[list[Anything]] | None:
        noted(info)
        value: list[list[Anything]] | None = made(kind)
        return value

    @strawberry.field
    def echo(
        info: Info,
        everything: Everything | None = strawberry.UNSET,
        points: list[Point] | None = None,
        numbers: list[int | None] = [1, None],  # noqa: B006
        color: Color = Color.RED,
        at: Moment | None = strawberry.UNSET,
        fussy: Fussy | None = strawberry.UNSET,
        ident: strawberry.ID | None = None,
        ratio: float = 1.5,
        grid: list[list[int]] | None = strawberry.UNSET,
    ) -> str:
        noted(info)
        return repr((everything, points, numbers, color, at, fussy, ident, ratio, grid))

    @strawberry.field
    async def branch(info: Info, branch: Branch, source: str = "", resolve: int | None = 0) -> str:
        """The arguments have names that its callers use for their own parameters."""
        noted(info)
        return repr((branch, source, resolve))

    @strawberry.field
    async def either(info: Info, either: Either) -> str:
        noted(info)
        return repr(either)

    @strawberry.field
    def even(info: Info, even: Even) -> str | None:
        noted(info)
        return repr(even)

    @strawberry.field
    async def even_required(info: Info, even: Even) -> str:
        noted(info)
        return repr(even)

    @strawberry.field
    def spoil(info: Info, blob: Blob | None = None, numbers: list[int] = [1], even: Even | None = None) -> str:  # noqa: B006
        """Shows what it was given, and then spoils it."""
        noted(info)
        given = repr((blob, numbers, even))
        numbers.append(0)
        spoiled: Any = blob
        if isinstance(spoiled, dict | list):
            spoiled.clear()
        return given

    @strawberry.field
    def fails(info: Info) -> str | None:
        noted(info)
        raise RuntimeError("the secret of the house")

    @strawberry.field
    async def fails_required(info: Info) -> str:
        noted(info)
        raise RuntimeError("the secret of the house")

    @strawberry.field
    async def refused(info: Info, code: str = "REFUSED") -> Cat | None:
        noted(info)
        raise CallerError(code, "Not you.", {"viewer": info.context.viewer})

    @strawberry.field
    def refused_required(info: Info) -> list[Cat]:
        noted(info)
        raise CallerError("REFUSED", "Not you.")
