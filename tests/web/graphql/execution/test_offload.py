"""What takes long is done beside the loop."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
import weakref

import pytest

from lobby.operations import OperationRequest, Operations, PreparedOperation
from lobby.operations.aside import SWITCH_S, WAITING_MAX, TooBusy, aside
from tests.operations.probe import Probe
from tests.operations.sample_schema import sample_schema

WORK_S = 0.3
SOON_S = 0.1
HELLO = OperationRequest("{ hello }", None, {}, {})


def _works() -> float:
    """Plain Python that never gives the interpreter away by itself; what the switch interval was meanwhile."""
    until_s = time.perf_counter() + WORK_S
    while time.perf_counter() < until_s:
        pass
    return sys.getswitchinterval()


async def test_the_loop_goes_on_while_it_is_done() -> None:
    work, turns = asyncio.create_task(aside(_works)), 0
    slowest_s = 0.0
    while not work.done():
        began_s = time.perf_counter()
        await asyncio.sleep(0)
        slowest_s = max(slowest_s, time.perf_counter() - began_s)
        turns += 1

    assert await work == pytest.approx(SWITCH_S, rel=0.1)
    assert turns > 20
    assert slowest_s < SOON_S
    assert sys.getswitchinterval() > SWITCH_S


async def test_more_than_may_wait_is_refused() -> None:
    may_go_on = threading.Event()
    waiting = [asyncio.create_task(aside(may_go_on.wait)) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(TooBusy):
        await aside(time.time)

    may_go_on.set()

    assert all(await asyncio.gather(*waiting))


async def test_a_document_that_finds_too_many_waiting_may_come_again() -> None:
    operations, may_go_on = Operations(sample_schema(Probe())), threading.Event()
    waiting = [asyncio.create_task(aside(may_go_on.wait)) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)
    refused = await operations.prepared(HELLO, lambda _: 0)
    may_go_on.set()
    await asyncio.gather(*waiting)

    assert isinstance(refused, dict)
    assert refused["errors"][0]["extensions"] == {"code": "RATE_LIMITED", "retryAfterMs": 1_000}
    assert isinstance(await operations.prepared(HELLO, lambda _: 0), PreparedOperation)


async def test_one_document_asked_for_by_many_at_once_is_read_and_paid_for_once() -> None:
    """More of them than pieces of work may wait: everyone's client is new on the day that it comes out."""
    operations, paid = Operations(sample_schema(Probe())), list[int]()

    def afford(chars: int) -> int:
        paid.append(chars)
        return 0

    prepared = await asyncio.gather(*(operations.prepared(HELLO, afford) for _ in range(2 * WAITING_MAX)))

    assert {id(each) for each in prepared} == {id(prepared[0])}
    assert isinstance(prepared[0], PreparedOperation)
    assert paid == [len("{ hello }")]


async def test_who_goes_away_while_a_document_is_read_takes_it_from_nobody() -> None:
    operations, may_go_on = Operations(sample_schema(Probe())), threading.Event()
    before = asyncio.create_task(aside(may_go_on.wait))
    gone, waits = (asyncio.create_task(operations.prepared(HELLO, lambda _: 0)) for _ in range(2))
    await asyncio.sleep(0.01)
    gone.cancel()
    await asyncio.sleep(0.01)
    may_go_on.set()

    assert isinstance(await waits, PreparedOperation)
    assert gone.cancelled()
    assert await before


class _Ring:
    """Holds itself, as a document's tokens hold each other."""

    def __init__(self) -> None:
        self.itself = self


async def test_what_the_work_leaves_behind_in_circles_is_gone_at_its_end() -> None:
    """At once, and not with hundreds of thousands of others at some later time."""
    before = gc.isenabled()

    ring = await aside(lambda: weakref.ref(_Ring()))

    assert ring() is None
    assert gc.isenabled() == before
