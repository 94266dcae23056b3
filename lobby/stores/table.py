"""A mapping with two readings: what is newest, and what no crash takes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(slots=True, eq=False)
class Write(Generic[Key, Value]):
    """One change of one key that is on its way to the disk. `value` None: the key is gone."""

    table: Table[Key, Value]
    key: Key
    value: Value | None

    def settle(self) -> None:
        self.table.settle(self)


class Table(Generic[Key, Value]):
    """Writes show at once to `newest`, and to `durable` as they settle, which they do in the order of their making."""

    def __init__(self) -> None:
        self._durable: dict[Key, Value] = {}
        self._pending: dict[Key, Write[Key, Value]] = {}
        """The newest write of each key that has any on its way."""

    def newest(self, key: Key) -> Value | None:
        write = self._pending.get(key)
        return self._durable.get(key) if write is None else write.value

    def durable(self, key: Key) -> Value | None:
        return self._durable.get(key)

    @property
    def durable_count(self) -> int:
        return len(self._durable)

    def newest_values(self) -> list[Value]:
        """A copy: it costs as much as there are values."""
        pending = {key: write.value for key, write in self._pending.items()}
        return [value for value in {**self._durable, **pending}.values() if value is not None]

    def put(self, key: Key, value: Value | None) -> Write[Key, Value]:
        write = Write(self, key, value)
        self._pending[key] = write
        return write

    def settle(self, write: Write[Key, Value]) -> None:
        """`write` is durable. Newer writes of the same key stay pending."""
        self.keep(write.key, write.value)
        if self._pending.get(write.key) is write:
            del self._pending[write.key]

    def keep(self, key: Key, value: Value | None) -> None:
        """What is durable already; None: no longer kept here."""
        if value is None:
            self._durable.pop(key, None)
        else:
            self._durable[key] = value

    def undo(self) -> list[Key]:
        """Nothing that is on its way will arrive. Returns the keys that were new."""
        new = [key for key in self._pending if key not in self._durable]
        self._pending.clear()
        return new
