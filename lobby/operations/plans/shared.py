"""Results that several followers have in common, executed and encoded once."""

from __future__ import annotations

from collections import OrderedDict

from lobby.operations.plans.plan import Plan

TEXTS_MAX = 4_096
BYTES_MAX = 16_000_000


class SharedTexts:
    """The latest results by plan, by what is asked of it, and by the event object itself; the oldest go first."""

    def __init__(self, texts_max: int = TEXTS_MAX, bytes_max: int = BYTES_MAX) -> None:
        self._texts: OrderedDict[tuple[object, str, int], tuple[object, bytes]] = OrderedDict()
        self._texts_max = texts_max
        self._bytes_max = bytes_max
        self._bytes = 0

    def get(self, plan: Plan, asked: str, event: object) -> bytes | None:
        known = self._texts.get((plan.identity, asked, id(event)))
        return known[1] if known is not None else None

    def put(self, plan: Plan, asked: str, event: object, text: bytes) -> None:
        """Keep a text that is not kept yet."""
        # The event is kept with the text: an id is one object's only while that object lives.
        self._texts[plan.identity, asked, id(event)] = (event, text)
        self._bytes += len(text)
        while len(self._texts) > self._texts_max or self._bytes > self._bytes_max:
            _, (_, gone) = self._texts.popitem(last=False)
            self._bytes -= len(gone)
