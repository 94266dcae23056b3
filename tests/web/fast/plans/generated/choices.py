"""Small decisions, made by Hypothesis: it makes them simpler, one by one, where it found a document that differs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

Item = TypeVar("Item")


@lru_cache(maxsize=1_000)
def _integers(least: int, most: int) -> SearchStrategy[int]:
    return st.integers(least, most)


class Choices:
    """What is first in a sequence, and what is not so by chance, counts as simple."""

    def __init__(self, draw: DrawFn) -> None:
        self._draw = draw

    def number(self, least: int, most: int) -> int:
        return self._draw(_integers(least, most)) if least < most else least

    def chance(self, percent: int) -> bool:
        return self.number(0, 99) >= 100 - percent

    def one(self, items: Sequence[Item]) -> Item:
        return items[self.number(0, len(items) - 1)]

    def some(self, items: Sequence[Item], percent: int) -> list[Item]:
        return [item for item in items if self.chance(percent)]
