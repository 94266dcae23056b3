"""One bounded cache for everything that is kept because it was used lately."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class LRUCache(Generic[Key, Value]):
    """At most `count_max` values and, where `weight_max` is given, at most that weight together, such as bytes.

    Past a bound the least recently used values are dropped. `None` is no value. Not safe for several threads.

    A `peek` takes 30 ns, as `get` of a dict does; `get` takes 100 ns, because it also moves the key to the end
    (Python 3.11). A cache on a hot path may read with `peek`: then the oldest values are dropped first, unless it calls `touch`.
    """

    __slots__ = ("_count_max", "_values", "_weight", "_weight_max", "_weights", "peek", "touch")

    def __init__(self, count_max: int, weight_max: int | None = None) -> None:
        self._count_max = count_max
        self._weight_max = weight_max
        self._weight = 0
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._weights: dict[Key, int] = {}
        """The weights that are not 0."""
        self.peek: Callable[[Key], Value | None] = self._values.get
        """The value of a key, without counting as a use of it."""
        self.touch: Callable[[Key], None] = self._values.move_to_end
        """Count as a use of a key that the cache has. With `peek` before it, the same as `get`, in 60 ns."""

    def get(self, key: Key) -> Value | None:
        """The value of a key, which is now the most recently used one."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: Key, value: Value, weight: int = 0) -> None:
        """Keep a value as the most recently used one, and replace a former value of the key.

        A value that is heavier than `weight_max` is not kept: all others would have to go for it.
        """
        values = self._values
        if key in values:
            self.pop(key)
        if self._weight_max is not None and weight > self._weight_max:
            return
        values[key] = value
        if weight:
            self._weights[key] = weight
            self._weight += weight
        while len(values) > self._count_max or (self._weight_max is not None and self._weight > self._weight_max):
            oldest, _ = values.popitem(last=False)
            self._weight -= self._weights.pop(oldest, 0)

    def pop(self, key: Key) -> Value | None:
        """Remove a key, and return the value that it had."""
        value = self._values.pop(key, None)
        self._weight -= self._weights.pop(key, 0)
        return value

    def items(self) -> Iterator[tuple[Key, Value]]:
        """All keys with their values, the least recently used first. The cache must not change in the meantime."""
        return iter(self._values.items())

    @property
    def weight(self) -> int:
        return self._weight

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)
