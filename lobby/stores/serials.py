"""Numbers in the order of creation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

Id = TypeVar("Id")


class Serials(Generic[Id]):
    """They key the logs and the lists, and are the same after a restart. None is given twice; some may be left out."""

    def __init__(self) -> None:
        self._by_id: dict[Id, int] = {}
        self._ids: dict[int, Id] = {}
        self._next = 1

    def of(self, id: Id) -> int:
        """The serial of `id`, its first one if it has none."""
        serial = self._by_id.get(id)
        if serial is None:
            serial = self._next
            self.keep(id, serial)
        return serial

    def id(self, serial: int) -> Id | None:
        return self._ids.get(serial)

    def knows(self, id: Id) -> bool:
        return id in self._by_id

    def keep(self, id: Id, serial: int) -> None:
        self._by_id[id] = serial
        self._ids[serial] = id
        self.skip(serial)

    def skip(self, serial: int) -> None:
        """No serial up to this one is given any more."""
        self._next = max(self._next, serial + 1)

    def forget(self, ids: Iterable[Id]) -> None:
        for id in ids:
            serial = self._by_id.pop(id, None)
            if serial is not None:
                del self._ids[serial]
