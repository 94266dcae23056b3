"""Inputs of each kind: nested, in lists, with defaults, inside themselves, one of several, under other names, checked."""

from __future__ import annotations

import strawberry
from strawberry import ID, UNSET

from tests.web.fast.plans.rich.enums import Color, Level, Mood
from tests.web.fast.plans.rich.scalars import Blob, Fussy, Moment


@strawberry.input
class Point:
    x: int
    y: float = 0.5
    label: str | None = "here"


@strawberry.input
class Everything:
    text: str
    ident: ID | None = UNSET
    number: int = 7
    ratio: float | None = None
    flag: bool = False
    color: Color = Color.GREEN
    level: Level | None = Level.LOW
    moods: list[Mood] | None = UNSET
    words: list[str | None] = strawberry.field(default_factory=lambda: ["a", None])
    point: Point | None = UNSET
    points: list[Point | None] | None = UNSET
    origin: Point = strawberry.field(default_factory=lambda: Point(x=1))
    grid: list[list[int]] | None = UNSET
    at: Moment | None = UNSET
    fussy: Fussy | None = UNSET
    blob: Blob | None = UNSET
    bare: str | None
    class_: str | None = strawberry.field(name="class", default=UNSET)


@strawberry.input
class Branch:
    name: str
    left: Branch | None = UNSET
    right: list[Branch] | None = None


@strawberry.input(one_of=True)
class Either:
    word: str | None = UNSET
    count: int | None = UNSET
    point: Point | None = UNSET


@strawberry.input
class Even:
    """Refuses odd numbers when it is made, which is after coercion."""

    number: int

    def __post_init__(self) -> None:
        if self.number % 2:
            raise ValueError("odd")
