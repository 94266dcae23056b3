"""Work on documents runs on a thread beside the event loop."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
import weakref

import pytest

from tests.web.graphql.execution.calling import core_operations
from tests.web.graphql.execution.probe import Probe
from tests.web.graphql.execution.sample_schema import sample_schema
from web.graphql.execution.documents import SWITCH_S, WAITING_MAX, TooBusy, offload
from web.graphql.execution.operation import Operation, OperationRequest

WORK_S = 0.3
SOON_S = 0.1
HELLO = OperationRequest("{ hello }", None, {}, {})


def _works() -> float:
    """Run plain Python that never releases the interpreter's lock by itself. Returns the switch interval during it."""
    until_s = time.thread_time() + WORK_S
    while time.thread_time() < until_s:
        pass
    return sys.getswitchinterval()


async def test_the_loop_goes_on_while_it_is_done() -> None:
    work, turns = asyncio.create_task(offload(_works)), 0
    slowest_s = 0.0
    while not work.done():
        began_s = time.process_time()  # of both threads; what else runs on the machine does not count
        await asyncio.sleep(0)
        slowest_s = max(slowest_s, time.process_time() - began_s)
        turns += 1

    assert await work == pytest.approx(SWITCH_S, rel=0.1)
    assert turns > 20
    assert slowest_s < SOON_S
    assert sys.getswitchinterval() > SWITCH_S


async def test_more_than_may_wait_is_refused() -> None:
    may_go_on = threading.Event()
    waiting = [asyncio.create_task(offload(may_go_on.wait)) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(TooBusy):
        await offload(time.time)

    may_go_on.set()

    assert all(await asyncio.gather(*waiting))


async def test_a_document_that_finds_too_many_waiting_may_come_again() -> None:
    operations, may_go_on = core_operations(sample_schema(Probe())), threading.Event()
    waiting = [asyncio.create_task(offload(may_go_on.wait)) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)
    refused = await operations.prepare(HELLO, lambda _: 0)
    may_go_on.set()
    await asyncio.gather(*waiting)

    assert isinstance(refused, dict)
    assert refused["errors"][0]["extensions"] == {"code": "RATE_LIMITED", "retryAfterMs": 1_000}
    assert isinstance(await operations.prepare(HELLO, lambda _: 0), Operation)


async def test_one_document_asked_for_by_many_at_once_is_read_and_paid_for_once() -> None:
    """More of them than pieces of work may wait: everyone's client is new on the day that it comes out."""
    operations, paid = core_operations(sample_schema(Probe())), list[int]()

    def afford(chars: int) -> int:
        paid.append(chars)
        return 0

    prepared = await asyncio.gather(*(operations.prepare(HELLO, afford) for _ in range(2 * WAITING_MAX)))

    assert {id(each) for each in prepared} == {id(prepared[0])}
    assert isinstance(prepared[0], Operation)
    assert paid == [len("{ hello }")]


async def test_who_goes_away_while_a_document_is_read_takes_it_from_nobody() -> None:
    operations, may_go_on = core_operations(sample_schema(Probe())), threading.Event()
    before = asyncio.create_task(offload(may_go_on.wait))
    gone, waits = (asyncio.create_task(operations.prepare(HELLO, lambda _: 0)) for _ in range(2))
    await asyncio.sleep(0.01)
    gone.cancel()
    await asyncio.sleep(0.01)
    may_go_on.set()

    assert isinstance(await waits, Operation)
    assert gone.cancelled()
    assert await before


class _Ring:
    """Holds itself, as a document's tokens hold each other."""

    def __init__(self) -> None:
        self.itself = self


async def test_what_the_work_leaves_behind_in_circles_is_gone_at_its_end() -> None:
    """At once, and not with hundreds of thousands of others at some later time."""
    before = gc.isenabled()

    ring = await offload(lambda: weakref.ref(_Ring()))

    assert ring() is None
    assert gc.isenabled() == before
