"""The turns of the loop count by the work of this process."""

from __future__ import annotations

import asyncio
import time

from lobby.runtime.measures import TURN_BOUNDS_S, LoopTurns

LONG_S = 0.3


def above(turns: LoopTurns, bound_s: float) -> int:
    return sum(turns.late_s.counts[TURN_BOUNDS_S.index(bound_s) + 1 :])


async def measured(work_s: float, sleep_s: float) -> LoopTurns:
    """The turns while one piece of work keeps the loop: first with CPU time, then without."""
    turns = LoopTurns()
    turns.start()
    await asyncio.sleep(0.05)
    began_at = time.process_time()
    while time.process_time() - began_at < work_s:
        pass
    time.sleep(sleep_s)  # noqa: ASYNC251 - the whole process stands still, as beside a busier one
    await asyncio.sleep(0.05)
    turns.stop()
    return turns


async def test_a_long_piece_of_work_is_seen() -> None:
    assert above(await measured(work_s=LONG_S, sleep_s=0), 0.05) == 1


async def test_a_machine_that_does_not_let_the_process_run_does_not_count() -> None:
    assert above(await measured(work_s=0, sleep_s=LONG_S), 0.05) == 0
