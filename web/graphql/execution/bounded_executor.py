"""graphql-core's executor, with a bound on the bytes of a result and on the time for which it keeps the event loop.

graphql-core takes about 8 us for each field, and executes a selection without a pause if no resolver waits. A document of 900
characters can select 120,000 fields (40 aliases of the attributes of 50 parties). Those are 40 MB, and no other client would get
an answer for a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import Executor

from lobby.runtime.turns import Turns

SLICE_LEAVES = 125
"""Values that one execution completes in one turn of the event loop: about 1 ms. A count, because a slow machine must not change
the order in which errors are found."""
QUOTES_BYTES = 2
COMMA_BYTES = 1
"""Bytes that are counted for each value in the JSON besides its characters. This is never too much, so a result within the limit
is never refused."""


class BoundedExecutor(Executor[None]):
    """Objects that are due after `SLICE_LEAVES` values wait for their turn.

    Nothing more is executed once the result has more than `bytes_max` bytes: objects and lists are empty then, and `is_too_long`
    says that the result is of no use.
    """

    def __init__(self, *arguments: Any, bytes_max: int | None, turns: Turns, **options: Any) -> None:
        """`bytes_max` None: the result may have any length. `turns`: those of all executions of the server."""
        super().__init__(*arguments, **options)
        self._bytes_max = bytes_max
        self._turns = turns
        self._progress = _Progress(bytes_max)

    @property
    def is_too_long(self) -> bool:
        return self._progress.is_too_long

    def build_per_event_executor(self, payload: Any) -> BoundedExecutor:
        executor = super().build_per_event_executor(payload)
        assert isinstance(executor, BoundedExecutor)
        executor._progress = _Progress(self._bytes_max)
        return executor

    def complete_leaf_value(self, return_type: Any, result: Any) -> Any:  # type: ignore[override] # static in graphql-core
        value = super().complete_leaf_value(return_type, result)
        self._progress.count(value)
        return value

    def complete_iterable_value(self, *arguments: Any) -> Any:
        if self._progress.is_too_long:
            return []
        return self._complete_in_turn(super().complete_iterable_value, arguments)

    def complete_object_value(self, *arguments: Any) -> Any:
        if self._progress.is_too_long:
            return {}
        return self._complete_in_turn(super().complete_object_value, arguments)

    def _complete_in_turn(self, complete: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """The completed value if there is time left in this turn, otherwise an awaitable of it."""
        return complete(*arguments) if self._progress.leaves_left > 0 else self._complete_later(complete, arguments)

    async def _complete_later(self, complete: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        progress = self._progress
        if progress.leaves_left <= 0:
            await self._turns.wait()
            progress.leaves_left = SLICE_LEAVES
        if progress.is_too_long:
            return None
        completed = complete(*arguments)
        return await completed if self.is_awaitable(completed) else completed


class _Progress:
    """The progress of one result. The executors that graphql-core copies for parts of the result share it."""

    __slots__ = ("_bytes_left", "is_too_long", "leaves_left")

    def __init__(self, bytes_max: int | None) -> None:
        self._bytes_left = bytes_max
        self.is_too_long = False
        self.leaves_left = SLICE_LEAVES

    def count(self, value: Any) -> None:
        self.leaves_left -= 1
        if self._bytes_left is not None:
            self._bytes_left -= COMMA_BYTES + (len(value) + QUOTES_BYTES if isinstance(value, str) else 1)
            self.is_too_long = self._bytes_left < 0
