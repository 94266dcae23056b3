"""A map with two readings: the latest values, and the durable ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")
MapValue = TypeVar("MapValue")


@dataclass(slots=True, eq=False)
class MapWrite(Generic[Key, MapValue]):
    """A change of one key that is on its way to the disk. `value` None: the key is removed.

    `durable` and `pending`: those of its map.
    """

    durable: dict[Key, MapValue]
    pending: dict[Key, MapWrite[Key, MapValue]]
    key: Key
    value: MapValue | None

    def mark_durable(self) -> None:
        """The write is on the disk. Later writes of the same key stay pending."""
        if self.value is None:
            self.durable.pop(self.key, None)
        else:
            self.durable[self.key] = self.value
        if self.pending.get(self.key) is self:
            del self.pending[self.key]


class VersionedMap(Generic[Key, MapValue]):
    """A write shows in `latest` at once, and in `durable` once it is marked as such. Writes become durable in their order."""

    def __init__(self) -> None:
        self._durable: dict[Key, MapValue] = {}
        self._pending: dict[Key, MapWrite[Key, MapValue]] = {}
        """The latest write of each key that has a write on its way."""

    def latest(self, key: Key) -> MapValue | None:
        write = self._pending.get(key)
        return self._durable.get(key) if write is None else write.value

    def durable(self, key: Key) -> MapValue | None:
        return self._durable.get(key)

    def has_trace(self, key: Key) -> bool:
        """True if the key has a value, or had one until a write that is not durable yet."""
        return key in self._pending or key in self._durable

    @property
    def durable_count(self) -> int:
        return len(self._durable)

    def latest_values(self) -> list[MapValue]:
        """A copy of all latest values."""
        pending = {key: write.value for key, write in self._pending.items()}
        return [value for value in {**self._durable, **pending}.values() if value is not None]

    def put(self, key: Key, value: MapValue | None) -> MapWrite[Key, MapValue]:
        write = MapWrite(self._durable, self._pending, key, value)
        self._pending[key] = write
        return write

    def keep(self, key: Key, value: MapValue | None) -> None:
        """Set a value that is durable already. None: it is no longer kept here."""
        if value is None:
            self._durable.pop(key, None)
        else:
            self._durable[key] = value

    def restore(self, values: Mapping[Key, MapValue]) -> None:
        """Set many values that are durable already."""
        self._durable.update(values)

    def undo(self) -> list[Key]:
        """Drop all writes that are not durable. Returns the keys that have no value now."""
        new = [key for key in self._pending if key not in self._durable]
        self._pending.clear()
        return new
