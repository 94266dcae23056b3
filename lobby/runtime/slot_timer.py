"""One timer for many things that are due again and again, such as pings of sockets and heartbeats of logs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from math import ceil, inf
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

ItemT = TypeVar("ItemT")


class SlotTimer(Generic[ItemT]):
    """Visits each item once, up to one slot after it is due. A visit may put the item in again.

    Items that are due in the same slot share a timer, and a few of them are visited in each turn of the event loop: the timers of
    thousands of sockets cost more than what they are for, and all of their work in one turn would delay everybody else.
    """

    def __init__(self, slot_s: float, visit: Callable[[ItemT, float], None], visits_per_turn: int) -> None:
        """`visit` gets the item and the time of the event loop."""
        self._slot_s = slot_s
        self._visit = visit
        self._visits_per_turn = visits_per_turn
        self._slots: dict[int, dict[ItemT, None]] = {}
        self._slot_of: dict[ItemT, int] = {}
        self._timer: asyncio.Handle | None = None
        self._timer_slot: float = inf
        """The slot that the timer waits for; `inf` without one."""

    def put(self, item: ItemT, due_at: float) -> None:
        """Visit the item at this time of the event loop in which this is called, and not at the time that was set before."""
        self.remove(item)
        slot = ceil(due_at / self._slot_s)
        self._slot_of[item] = slot
        self._slots.setdefault(slot, {})[item] = None
        if slot < self._timer_slot:
            self._wait(slot)

    def remove(self, item: ItemT) -> None:
        """Nothing happens if the item is not in."""
        slot = self._slot_of.pop(item, None)
        if slot is not None:
            self._slots[slot].pop(item)

    def _wait(self, slot: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_slot = slot
        self._timer = asyncio.get_running_loop().call_at(slot * self._slot_s, self._visit_some)

    def _visit_some(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._timer = None
        self._timer_slot = -inf  # so that `put` sets no timer during the visits
        slot = min(self._slots)
        items = self._slots[slot]
        for _ in range(min(len(items), self._visits_per_turn)):
            item, _ = items.popitem()
            del self._slot_of[item]
            try:
                self._visit(item, now)
            except Exception:
                log.exception("a timer failed for one item, and goes on for all others")
        if items:
            self._timer_slot = slot
            self._timer = loop.call_soon(self._visit_some)
            return
        del self._slots[slot]
        self._timer_slot = inf
        if self._slots:
            self._wait(min(self._slots))
