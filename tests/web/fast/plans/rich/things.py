"""Objects, interfaces of interfaces, unions and generics, with fields of every kind that go well.

All fields of a thing follow from its number, so that two runs see equal things.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Generic, TypeVar

import strawberry

from tests.web.fast.plans.rich.context import Info
from tests.web.fast.plans.rich.enums import Color, Level, Mood
from tests.web.fast.plans.rich.inputs import Point
from tests.web.fast.plans.rich.scalars import Moment

Content = TypeVar("Content")


@strawberry.interface
class Thing:
    number: strawberry.Private[int]
    id: strawberry.ID

    @strawberry.field
    def color(self) -> Color | None:
        return [Color.RED, Color.GREEN, Color.BLUE, None][self.number % 4]

    @strawberry.field
    def marked(self, prefix: str = "no", times: int | None = None, points: list[Point] | None = None) -> str:
        return f"{prefix} {self.number} {times} {points}"

    @strawberry.field
    def nearby(self, first: int = 2) -> list[Thing | None]:
        return [thing(self.number + step) if step < 3 else None for step in range(1, 1 + min(first, 4))]


@strawberry.interface
class Creature(Thing):
    name: str
    born: Moment

    @strawberry.field
    def mood(self) -> Mood | None:
        return [Mood.GLAD, Mood.SAD, None][self.number % 3]

    @strawberry.field
    async def weight(self) -> float:
        return self.number / 4

    @strawberry.field
    async def friend(self) -> Creature | None:
        await asyncio.sleep(0)
        return creature(self.number // 2) if self.number % 3 else None


@strawberry.type
class Cat(Creature):
    tame: bool
    lives: int = strawberry.field(default=9, deprecation_reason="Not counted any more.")

    @strawberry.field
    def kittens(self) -> list[Cat]:
        return [cat(self.number * 3 + step) for step in range(self.number % 3)]

    @strawberry.field
    async def staff(self, info: Info, greeting: str = "hello") -> str:
        return f"{greeting} {info.context.viewer}"

    @strawberry.field
    def levels(self) -> list[list[Level | None]] | None:
        return [[Level.LOW, None], [], [Level.HIGH]] if self.number % 2 else None


@strawberry.type
class Dog(Creature):
    nick: str | None = strawberry.field(name="class", default=None)

    @strawberry.field
    def prey(self) -> Pet | None:
        return cat(self.number + 1) if self.number % 2 else None

    @strawberry.field
    def viewed(self, info: Info) -> bool:
        return info.context.viewer == "ann"

    @strawberry.field
    @staticmethod
    def sound() -> str:
        return "woof"

    @strawberry.field
    @classmethod
    def kind(cls, suffix: str = "") -> str:
        return cls.__name__ + suffix


@strawberry.type
class Stone(Thing):
    box: Box[int]

    @strawberry.field
    def above(parent: strawberry.Parent[Stone]) -> Thing:
        return thing(parent.number + 1)

    @strawberry.field
    async def lists(root: Stone) -> list[list[Thing]]:
        return [[thing(root.number)], [], [stone(root.number), thing(root.number + 1)]]

    @strawberry.field
    async def boxed(self) -> Box[Cat]:
        return Box(content=cat(self.number), count=1)


@strawberry.type
class Note:
    """Implements nothing, so graphql-core does not look at the class of its values."""

    text: str
    tags: list[str]
    about: Anything | None = None


@strawberry.type
class Box(Generic[Content]):
    content: Content
    count: int


Pet = Annotated[Cat | Dog, strawberry.union("Pet")]
Anything = Annotated[Cat | Dog | Stone | Note, strawberry.union("Anything")]


def cat(number: int) -> Cat:
    return Cat(
        number=number, id=strawberry.ID(f"cat{number}"), name=f"Cat {number}", born=Moment(number), tame=number % 2 == 0
    )


def dog(number: int) -> Dog:
    nick = "Rex" if number % 2 else None
    return Dog(number=number, id=strawberry.ID(f"dog{number}"), name=f"Dog {number}", born=Moment(number), nick=nick)


def stone(number: int) -> Stone:
    return Stone(number=number, id=strawberry.ID(f"stone{number}"), box=Box(content=number, count=1))


def note(number: int) -> Note:
    return Note(text=f"note {number}", tags=["x"] * (number % 3), about=thing(number) if number % 2 else None)


def creature(number: int) -> Cat | Dog:
    return cat(number) if number % 2 else dog(number)


def thing(number: int) -> Cat | Dog | Stone:
    return stone(number) if number % 5 == 0 else creature(number)


def anything(number: int) -> Cat | Dog | Stone | Note:
    return note(number) if number % 4 == 0 else thing(number)
