"""Fields of every output type that return the odd value that an argument names."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry
from strawberry import ID
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from tests.web.fast.plans.rich.enums import Color, Level, Mood
from tests.web.fast.plans.rich.odd_values import ODD_VALUES, RAISED
from tests.web.fast.plans.rich.scalars import Blob, Fussy, Moment
from tests.web.fast.plans.rich.things import Anything, Box, Cat, Creature, Note, Pet, Thing

_MADE = ODD_VALUES | RAISED
_KINDS: Any = Enum("OddKind", {name: name for name in _MADE})  # type: ignore[misc]
OddKind: Any = strawberry.enum(_KINDS)

OUTPUTS: dict[str, Any] = {
    "Text": str,
    "Ident": ID,
    "Number": int,
    "Ratio": float,
    "Flag": bool,
    "Color": Color,
    "Level": Level,
    "Mood": Mood,
    "Moment": Moment,
    "Fussy": Fussy,
    "Blob": Blob,
    "Cat": Cat,
    "Note": Note,
    "Creature": Creature,
    "Thing": Thing,
    "Pet": Pet,
    "Anything": Anything,
    "Box": Box[int],
    "Words": list[str],
    "Maybes": list[str | None],
    "Fusses": list[Fussy],
    "Colors": list[Color | None],
    "Things": list[Thing | None],
    "Pets": list[Pet],
    "Lists": list[list[Thing] | None],
}


def made(kind: Any) -> Any:
    """The value of that kind, or the error that is raised for it."""
    return _MADE[kind.value]()


def _at_once(annotation: Any) -> Any:
    def resolve(kind):  # type: ignore[no-untyped-def]
        return made(kind)

    resolve.__annotations__ = {"kind": OddKind, "return": annotation}
    return strawberry.field(resolver=resolve)


def _in_time(annotation: Any) -> Any:
    async def resolve(kind):  # type: ignore[no-untyped-def]
        return made(kind)

    resolve.__annotations__ = {"kind": OddKind, "return": annotation}
    return strawberry.field(resolver=resolve)


def _odd_fields() -> list[StrawberryField]:
    """Four fields of each type: nullable or not, with a plain or an async resolver."""
    fields: list[StrawberryField] = []
    for name, output in OUTPUTS.items():
        for prefix, annotation in (("odd", output), ("oddMaybe", output | None)):
            for suffix, make in (("", _at_once), ("Later", _in_time)):
                field = make(annotation)
                field.python_name = field.graphql_name = f"{prefix}{name}{suffix}"
                fields.append(field)
    return fields


Odd: Any = create_type("Odd", _odd_fields())
