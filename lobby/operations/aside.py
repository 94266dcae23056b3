"""Work on documents that takes tens of milliseconds, done beside the event loop.

It is plain Python, so a thread of its own gains nothing but this: the loop gets the interpreter's lock back within `SWITCH_S`,
instead of when all is done. A document at its bounds takes 50 ms; one after the other on the loop, a handful of them held up
everybody for half a second. A query needs the lock some three times, a mutation, which waits for the disk, twice as often.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Made = TypeVar("Made")

SWITCH_S = 0.000_1
"""While there is such work; CPython's own is fifty times as long (sys.getswitchinterval)."""
WAITING_MAX = 64
"""Pieces of work that may wait; the next one is refused."""

_thread = ThreadPoolExecutor(1, "documents")
_usual_s = sys.getswitchinterval()
_waiting = 0


class TooBusy(Exception):
    """There is more such work than may wait."""


async def aside(work: Callable[Given, Made], *args: Given.args, **kwargs: Given.kwargs) -> Made:
    """What `work` gives. Raises `TooBusy`, or what it raises."""
    global _waiting
    if _waiting >= WAITING_MAX:
        raise TooBusy
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_thread, lambda: _gently(work, *args, **kwargs))
    finally:
        _waiting -= 1


def _gently(work: Callable[Given, Made], *args: Given.args, **kwargs: Given.kwargs) -> Made:
    collects = gc.isenabled()
    sys.setswitchinterval(SWITCH_S)
    gc.disable()
    try:
        return work(*args, **kwargs)
    finally:
        # The tokens of a document and the visitors that validated it hold each other: thousands of objects, which the collector
        # finds while they are young (0.5 ms). Later they are hundreds of thousands, and all wait for a third of a second.
        gc.collect(0)
        if collects:
            gc.enable()
        sys.setswitchinterval(_usual_s)
