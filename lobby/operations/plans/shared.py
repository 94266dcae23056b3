"""Results that several followers have in common, executed and encoded once."""

from __future__ import annotations

from collections import OrderedDict

from lobby.operations.plans.plan import Plan

TEXTS_MAX = 4_096
CHARS_MAX = 16_000_000


class SharedTexts:
    """The latest results by plan, by what is asked of it, and by the event object itself; the oldest go first."""

    def __init__(self, texts_max: int = TEXTS_MAX, chars_max: int = CHARS_MAX) -> None:
        self._texts: OrderedDict[tuple[int, str, int], tuple[Plan, object, str]] = OrderedDict()
        self._texts_max = texts_max
        self._chars_max = chars_max
        self._chars = 0

    def get(self, plan: Plan, asked: str, event: object) -> str | None:
        known = self._texts.get((id(plan), asked, id(event)))
        return known[2] if known is not None else None

    def put(self, plan: Plan, asked: str, event: object, text: str) -> None:
        # Plan and event are kept with the text: an id is one object's only while that object lives.
        self._texts[id(plan), asked, id(event)] = (plan, event, text)
        self._chars += len(text)
        while len(self._texts) > self._texts_max or self._chars > self._chars_max:
            _, (_, _, gone) = self._texts.popitem(last=False)
            self._chars -= len(gone)
