"""Jobs of the thread of a connection."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import threading
import weakref
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from lobby.ports import Unavailable
from lobby.stores.sqlite.connection import ConnectionThread, SqliteLimits, connect, create

NAME = "tried"
WAIT_S = 10.0


@pytest.fixture
async def thread(tmp_path: Path) -> AsyncIterator[ConnectionThread]:
    path = tmp_path / "lobby.db"
    create(path)
    thread = ConnectionThread(NAME, partial(connect, path, SqliteLimits()))
    yield thread
    if any(each.name == NAME for each in threading.enumerate()):
        await thread.close()


class Gate:
    """A job that lasts until it is opened, and a job that notes that it was done."""

    def __init__(self) -> None:
        self._is_open = threading.Event()
        self.done: list[int] = []

    def open(self) -> None:
        self._is_open.set()

    def wait(self, connection: sqlite3.Connection) -> bool:
        return self._is_open.wait(WAIT_S)

    def note(self, connection: sqlite3.Connection, number: int) -> None:
        self.done.append(number)


async def test_jobs_are_done_in_order_except_one_whose_caller_has_gone(thread: ConnectionThread) -> None:
    gate = Gate()
    first = asyncio.create_task(thread.run(gate.wait))
    others = [asyncio.create_task(thread.run(partial(gate.note, number=number))) for number in range(3)]
    await asyncio.sleep(0)
    others[1].cancel()
    await asyncio.sleep(0)
    gate.open()
    assert await first
    await asyncio.gather(others[0], others[2])
    assert gate.done == [0, 2]


async def test_after_a_failed_job_the_next_one_is_done_and_nothing_waits_for_the_collector(
    thread: ConnectionThread,
) -> None:
    class Big:
        """Something in the frame of the failing job."""

    kept: list[weakref.ref[Big]] = []

    def fail(connection: sqlite3.Connection) -> None:
        big = Big()
        kept.append(weakref.ref(big))
        connection.execute("no SQL")

    gc.disable()
    try:
        with pytest.raises(Unavailable, match="syntax error"):
            await thread.run(fail)
        assert await thread.run(lambda connection: connection.execute("SELECT 1").fetchone()) == (1,)
        await asyncio.sleep(0)
        assert kept[0]() is None
    finally:
        gc.enable()


async def test_a_closed_thread_has_ended_and_takes_no_jobs(thread: ConnectionThread) -> None:
    await thread.run(lambda connection: None)
    await thread.close()
    assert all(each.name != NAME for each in threading.enumerate())
    with pytest.raises(Unavailable, match="closed"):
        await thread.run(lambda connection: None)
