"""Values that a resolver should not return, or only just may."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator
from decimal import Decimal
from typing import Any

import strawberry
from graphql import Undefined

from lobby.app.errors import CallerError
from tests.web.fast.plans.rich.enums import Color, Foreign, Level, Mood
from tests.web.fast.plans.rich.scalars import Moment
from tests.web.fast.plans.rich.things import Box, Cat, Creature, cat, dog, note, stone


class Tiger(Cat):
    """A subclass of a type, and no type itself."""


class Stranger:
    """Has fields like the types of the schema, and is an instance of none of their classes."""

    id = "stranger"
    name = "Stranger"
    text = "Stranger"
    tags = ("x",)
    number = 1

    def __str__(self) -> str:
        return "a stranger"


class Later:
    """An awaitable that may be thrown away without a warning."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __await__(self) -> Generator[None, None, object]:
        yield from ()
        return self._value


class Text(str):
    """A string by another class."""


async def _in_time() -> AsyncIterator[object]:
    yield 1
    yield 2


_CAT: dict[str, Any] = {"number": 3, "id": strawberry.ID("odd"), "name": "Odd", "born": Moment(3)}

ODD_VALUES: dict[str, Callable[[], object]] = {
    "NONE": lambda: None,
    "TEXT": lambda: "text",
    "DIGITS": lambda: "7",
    "EMPTY": lambda: "",
    "BAD": lambda: "bad",
    "NOTHING": lambda: "nothing",
    "TEXT_BY_CLASS": lambda: Text("text"),
    "NUMBER": lambda: 7,
    "TOO_LARGE": lambda: 2**31,
    "TOO_SMALL": lambda: -(2**31) - 1,
    "LARGEST": lambda: 2**31 - 1,
    "ENORMOUS": lambda: 10**400,
    "WHOLE": lambda: 7.0,
    "PART": lambda: 7.5,
    "NOT_A_NUMBER": lambda: float("nan"),
    "DECIMAL": lambda: Decimal("7"),
    "TRUE": lambda: True,
    "LIST": lambda: [1, 2],
    "MIXED_LIST": lambda: [1, None, "x", cat(1), [1]],
    "TUPLE": lambda: (1, 2),
    "SET": lambda: {1},
    "RANGE": lambda: range(2),
    "GENERATOR": lambda: (number for number in (1, 2)),
    "ASYNC_GENERATOR": _in_time,
    "DICT": lambda: {"name": "Dict", "text": "dict"},
    "COLOR": lambda: Color.BLUE,
    "COLOR_VALUE": lambda: "red",
    "COLOR_NAME": lambda: "RED",
    "LEVEL": lambda: Level.HIGH,
    "MOOD": lambda: Mood.GLAD,
    "FOREIGN": lambda: Foreign.RED,
    "CAT": lambda: cat(3),
    "DOG": lambda: dog(3),
    "STONE": lambda: stone(3),
    "NOTE": lambda: note(3),
    "TIGER": lambda: Tiger(**_CAT, tame=False),
    "INTERFACE": lambda: Creature(**_CAT),
    "BOX": lambda: Box(content=1, count=1),
    "CLASS": lambda: Cat,
    "STRANGER": Stranger,
    "ERROR": lambda: ValueError("returned"),
    "CALLER_ERROR": lambda: CallerError("RETURNED", "returned"),
    "UNDEFINED": lambda: Undefined,
    "UNSET": lambda: strawberry.UNSET,
    "LATER": lambda: Later("later"),
    "LATER_CAT": lambda: Later(cat(3)),
    "LIST_OF_LATER": lambda: [Later("later"), Later(7), Later(cat(5))],
    "LIST_OF_ERRORS": lambda: [7, CallerError("LISTED", "listed")],
    "CATS": lambda: [cat(1), cat(2)],
    "PETS": lambda: (cat(1), dog(2)),
    "LISTS": lambda: [[cat(1)], [dog(2)], None],
}


def raised(error: Exception) -> object:
    raise error


RAISED: dict[str, Callable[[], object]] = {
    "RAISES": lambda: raised(RuntimeError("raised")),
    "RAISES_CALLER_ERROR": lambda: raised(CallerError("RAISED", "raised", {"hint": "odd"})),
}
