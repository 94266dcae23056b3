"""The ingredients of documents over the rich schema."""

from __future__ import annotations

from tests.web.fast.plans.generated.taste import Taste

_RARE = ("odd", "fail", "refuse", "even", "changeEven", "choose", "either", "breaks", "text")


def _is_rare(name: str) -> bool:
    return name.startswith(_RARE) and not name.startswith("oddMaybe")


TASTE = Taste(
    values={
        "Moment": ("3 o'clock", "7 o'clock", "7"),
        "Fussy": ("fine", "fine", "nothing"),
        "Blob": ({"a": 1, "b": [True, None]}, [1, "x"], "text", 7),
    },
    only_json={"Moment": ("noon", 7), "Fussy": ("bad",)},
    rare=_is_rare,
)
