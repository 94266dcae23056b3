"""The bus on a single node."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from lobby.live.hint_bus import Bus
from lobby.live.hint_bus.messages import BusLimits
from tests.lobby.live.live_lobby import WAIT_S

Hint = tuple[str, int]


@asynccontextmanager
async def bus(on_hint: Callable[[str, int], None]) -> AsyncIterator[Bus]:
    opened = Bus(None, BusLimits())
    await opened.open(on_hint, lambda: None)
    try:
        yield opened
    finally:
        await opened.close()


class HintRecorder:
    """Records hints, and sets an event for each. It fails on hints of the party "bad"."""

    def __init__(self) -> None:
        self.heard: list[Hint] = []
        self.changed = asyncio.Event()

    def __call__(self, party_id: str, seq: int) -> None:
        if party_id == "bad":
            raise RuntimeError(party_id)
        self.heard.append((party_id, seq))
        self.changed.set()

    async def until(self, count: int) -> list[Hint]:
        async with asyncio.timeout(WAIT_S):
            while len(self.heard) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.heard


async def test_hints_of_this_node_arrive_in_order() -> None:
    recorder = HintRecorder()
    async with bus(recorder) as opened:
        for seq in range(100):
            await opened.publish("party", seq)
        assert await recorder.until(100) == [("party", seq) for seq in range(100)]


async def test_hints_without_room_are_replaced_by_one_resync() -> None:
    recorder, resyncs = HintRecorder(), asyncio.Event()
    opened = Bus(None, BusLimits(inbox_max=2))
    await opened.open(recorder, resyncs.set)
    try:
        for seq in range(3):
            await opened.publish("party", seq)
        async with asyncio.timeout(WAIT_S):
            await resyncs.wait()
        await opened.publish("party", 3)
        assert await recorder.until(1) == [("party", 3)]
    finally:
        await opened.close()


async def test_an_open_bus_delivers_the_next_hint() -> None:
    for _ in range(20):
        recorder = HintRecorder()
        async with bus(recorder) as opened:
            await opened.publish("party", 1)
            assert await recorder.until(1) == [("party", 1)]


async def test_a_party_id_may_have_colons() -> None:
    recorder = HintRecorder()
    async with bus(recorder) as opened:
        await opened.publish("a:b:", 7)
        assert await recorder.until(1) == [("a:b:", 7)]


async def test_the_bus_goes_on_after_a_listener_failed() -> None:
    recorder = HintRecorder()
    async with bus(recorder) as opened:
        await opened.publish("bad", 1)
        await opened.publish("good", 2)
        assert await recorder.until(1) == [("good", 2)]


async def test_publishing_on_a_closed_bus_does_not_raise() -> None:
    opened = Bus(None, BusLimits())
    await opened.publish("party", 1)
    await opened.open(HintRecorder(), lambda: None)
    await opened.close()
    await opened.publish("party", 2)


async def test_closing_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    async with bus(HintRecorder()) as opened:
        await opened.publish("party", 1)
    await asyncio.sleep(0)  # broadcaster cancels its own task without waiting for it
    assert asyncio.all_tasks() - before == set()
