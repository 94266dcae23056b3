"""One timer visits many items: none early, none forgotten, and only a few in each turn of the event loop."""

from __future__ import annotations

import asyncio
import logging

import pytest

from lobby.runtime.slot_timer import SlotTimer

WAIT_S = 10.0
SLOT_S = 0.02


class Visits:
    """The visits of a timer, in their order."""

    def __init__(self, slot_s: float = SLOT_S, per_turn: int = 8) -> None:
        self.timer: SlotTimer[str] = SlotTimer(slot_s, self._visit, per_turn)
        self.seen: list[tuple[str, float]] = []
        self._changed = asyncio.Event()

    def _visit(self, item: str, now: float) -> None:
        self.seen.append((item, now))
        self._changed.set()
        if item == "bad":
            raise ValueError("as the test wants it")

    @property
    def items(self) -> list[str]:
        return [item for item, _ in self.seen]

    async def wait(self, count: int) -> None:
        async with asyncio.timeout(WAIT_S):
            while len(self.seen) < count:
                self._changed.clear()
                await self._changed.wait()


async def test_no_item_is_visited_early_and_all_in_the_order_of_their_slots() -> None:
    visits, began_at = Visits(), asyncio.get_running_loop().time()
    dues = {"c": 0.15, "a": 0.05, "b": 0.1}
    for item, due_s in dues.items():
        visits.timer.put(item, began_at + due_s)
    await visits.wait(3)

    assert visits.items == ["a", "b", "c"]
    # uvloop counts in whole milliseconds.
    assert all(now - began_at > dues[item] - 0.002 for item, now in visits.seen)


async def test_an_earlier_item_does_not_wait_for_a_later_one() -> None:
    visits, began_at = Visits(), asyncio.get_running_loop().time()
    visits.timer.put("late", began_at + 60)
    visits.timer.put("soon", began_at + 0.05)
    await visits.wait(1)
    visits.timer.remove("late")

    assert visits.items == ["soon"]


async def test_an_item_that_is_put_again_is_visited_once_at_its_new_time() -> None:
    visits, began_at = Visits(), asyncio.get_running_loop().time()
    visits.timer.put("a", began_at + 0.02)
    visits.timer.put("a", began_at + 0.1)
    await visits.wait(1)
    await asyncio.sleep(0.1)

    assert visits.items == ["a"]
    assert visits.seen[0][1] - began_at > 0.098


async def test_a_removed_item_is_not_visited_and_others_are() -> None:
    visits, now = Visits(), asyncio.get_running_loop().time()
    for item in "abc":
        visits.timer.put(item, now + 0.03)
    visits.timer.remove("b")
    visits.timer.remove("b")
    await visits.wait(2)
    await asyncio.sleep(0.05)

    assert sorted(visits.items) == ["a", "c"]


async def test_a_visit_that_fails_stops_no_other_one(caplog: pytest.LogCaptureFixture) -> None:
    visits, now = Visits(), asyncio.get_running_loop().time()
    with caplog.at_level(logging.ERROR):
        for item in ("good", "bad", "fine"):
            visits.timer.put(item, now + 0.03)
        visits.timer.put("later", now + 0.1)
        await visits.wait(4)

    assert sorted(visits.items) == ["bad", "fine", "good", "later"]
    assert "goes on for all others" in caplog.text


async def test_items_that_are_due_together_take_several_turns_of_the_loop() -> None:
    visits, now = Visits(per_turn=8), asyncio.get_running_loop().time()
    for number in range(80):
        visits.timer.put(str(number), now + 0.03)
    most, before = 0, 0
    async with asyncio.timeout(WAIT_S):
        while len(visits.seen) < 80:
            await asyncio.sleep(0)
            most, before = max(most, len(visits.seen) - before), len(visits.seen)

    assert len(set(visits.items)) == 80
    assert 0 < most <= 16
