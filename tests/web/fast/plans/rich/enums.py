"""Enums: a plain one with a member of another name, one of numbers, and one of texts."""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum

import strawberry


@strawberry.enum
class Color(Enum):
    RED = "red"
    GREEN = strawberry.enum_value("green", name="VERDANT")
    BLUE = ("b", 3)


@strawberry.enum
class Level(IntEnum):
    LOW = 1
    HIGH = 2


@strawberry.enum
class Mood(StrEnum):
    GLAD = "glad"
    SAD = "sad"


class Foreign(Enum):
    """No type of the schema, but with a value that one of them has."""

    RED = "red"
