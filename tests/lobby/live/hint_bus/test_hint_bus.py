"""Hints from whoever committed to whoever follows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from lobby.live.bus import Bus
from tests.live.house import WAIT_S

Hint = tuple[str, int]


@asynccontextmanager
async def bus(on_hint: Callable[[str, int], None]) -> AsyncIterator[Bus]:
    opened = Bus(on_hint, lambda: None)
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()


class Ear:
    """What was heard, and an event for the last of it. Hints of "bad" are too much for it."""

    def __init__(self) -> None:
        self.heard: list[Hint] = []
        self.news = asyncio.Event()

    def __call__(self, party_id: str, seq: int) -> None:
        if party_id == "bad":
            raise RuntimeError(party_id)
        self.heard.append((party_id, seq))
        self.news.set()

    async def until(self, count: int) -> list[Hint]:
        async with asyncio.timeout(WAIT_S):
            while len(self.heard) < count:
                self.news.clear()
                await self.news.wait()
        return self.heard


async def test_hints_come_in_order_ones_own_too() -> None:
    ear = Ear()
    async with bus(ear) as opened:
        for seq in range(100):
            await opened.publish("party", seq)
        assert await ear.until(100) == [("party", seq) for seq in range(100)]


async def test_an_open_bus_hears_the_very_next_hint() -> None:
    for _ in range(20):
        ear = Ear()
        async with bus(ear) as opened:
            await opened.publish("party", 1)
            assert await ear.until(1) == [("party", 1)]


async def test_a_party_id_may_have_colons() -> None:
    ear = Ear()
    async with bus(ear) as opened:
        await opened.publish("a:b:", 7)
        assert await ear.until(1) == [("a:b:", 7)]


async def test_a_hint_that_was_too_much_for_its_hearer_is_not_the_last() -> None:
    ear = Ear()
    async with bus(ear) as opened:
        await opened.publish("bad", 1)
        await opened.publish("good", 2)
        assert await ear.until(1) == [("good", 2)]


async def test_a_hint_that_can_not_be_given_is_lost_and_no_more() -> None:
    opened = Bus(Ear(), lambda: None)
    await opened.publish("party", 1)
    await opened.open()
    await opened.close()
    await opened.publish("party", 2)


async def test_closing_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    async with bus(Ear()) as opened:
        await opened.publish("party", 1)
    await asyncio.sleep(0)  # broadcaster cancels its own task without waiting for it
    assert asyncio.all_tasks() - before == set()
