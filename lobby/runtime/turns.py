"""Divides the event loop between clients: work that takes long is done in slices, and the clients take turns.

A client may ask for a lot within its rates: replay logs on sixty streams, list fifty parties a hundred times, open two hundred
sockets at the same moment. The event loop runs everything that is ready in one turn, so that all others would wait for all of it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

SLICE_S = 0.001
"""How long all work that takes turns may use the event loop, before all other requests have theirs. A turn of the loop costs some
0.03 ms by itself. A query waits for one or two turns, a durable mutation for five."""

WOKEN_MAX = 16
"""At most so many that wait are woken in one turn of the loop. A turn for each query alone would cost as much as the query."""

Item = TypeVar("Item")
Run = Callable[[Item], Callable[[], None] | None]
"""Does a piece of work. Returns what writes its result, or None if there is nothing to write."""


class FairQueue(Generic[Item]):
    """A queue of items of several keys, such as the addresses of clients.

    The keys take turns. So a key with a thousand items delays another key by a single item.
    """

    def __init__(self) -> None:
        self._by_key: OrderedDict[Hashable, deque[Item]] = OrderedDict()
        self._count = 0

    def put(self, key: Hashable, item: Item) -> None:
        items = self._by_key.get(key)
        if items is None:
            items = self._by_key[key] = deque()
        items.append(item)
        self._count += 1

    def pop(self) -> Item:
        """The oldest item of the key whose turn it is. Raises `KeyError` if the queue is empty."""
        key, items = self._by_key.popitem(last=False)
        item = items.popleft()
        if items:
            self._by_key[key] = items
        self._count -= 1
        return item

    def __len__(self) -> int:
        return self._count


class Turns:
    """The turns of the event loop of one server.

    All callers together use one slice of a turn of the loop. The others wait, and in each turn as many of them go on as another
    slice has time for, at least one. So the loop is never busy for longer than two slices and the longest piece of work.
    """

    def __init__(self, slice_s: float = SLICE_S) -> None:
        self._slice_s = slice_s
        self._waiting: FairQueue[asyncio.Future[bool]] = FairQueue()
        self._woken_too_soon: deque[asyncio.Future[bool]] = deque()
        """In their order. They come before `_waiting`."""
        self._woken_max = 1
        """Doubles while all who are woken have time in that turn."""
        self._is_waking = False
        self._waiting_count = 0
        """The callers that wait, and the caller that will go on in this turn of the loop."""
        self._slice_ends_at: float | None = None
        """By the monotonic clock, in seconds; None if nobody has used this turn of the loop yet."""

    async def begin(self, key: Hashable) -> None:
        """Return when a piece of work may begin. `key`: the client for whom it is done. The work of a client begins in order."""
        if not self.may_begin():
            await self.wait(key)

    def may_begin(self) -> bool:
        """True if a piece of work may begin now. Otherwise it has to `wait`, behind those that wait already."""
        return not self._waiting_count and self.may_go_on()

    def may_go_on(self) -> bool:
        """True if work that has begun may go on with its next piece now. Otherwise it has to `wait`. Takes 0.1 us."""
        if self._slice_ends_at is None:
            self._begin_slice()
            return True
        return monotonic() < self._slice_ends_at

    async def wait(self, key: Hashable = None) -> None:
        """Return when it is the caller's turn."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        self._waiting.put(key, turn)
        self._wake_soon()
        self._waiting_count += 1
        try:
            while not await turn:
                if self.may_go_on():
                    return
                turn = loop.create_future()
                self._woken_too_soon.append(turn)
                self._wake_soon()
        finally:
            self._waiting_count -= 1
        self._begin_slice()

    def _wake_soon(self) -> None:
        if not self._is_waking:
            self._is_waking = True
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        """Wake the first, whose turn it is in any case (True), and others (False) who may have time in the same turn."""
        too_soon = len(self._woken_too_soon)
        count = min(too_soon + len(self._waiting), self._woken_max)
        if not count:
            self._is_waking, self._woken_max = False, 1
            return
        self._woken_max = max(1, count - too_soon) if too_soon else min(2 * self._woken_max, WOKEN_MAX)
        is_first = True
        for _ in range(count):
            turn = self._woken_too_soon.popleft() if self._woken_too_soon else self._waiting.pop()
            if not turn.done():
                turn.set_result(is_first)
                is_first = False
        # It runs after those that are woken now: some of them may wait on.
        asyncio.get_running_loop().call_soon(self._next)

    def _begin_slice(self) -> None:
        self._slice_ends_at = ends_at = monotonic() + self._slice_s
        asyncio.get_running_loop().call_soon(self._end_slice, ends_at)

    def _end_slice(self, ends_at: float) -> None:
        if self._slice_ends_at == ends_at:
            self._slice_ends_at = None


class ReadyWork(Generic[Item]):
    """Runs pieces of work that hardly ever wait, such as queries, in one callback for each turn of the event loop.

    A task for each of them would cost 2 us. To run each one as soon as its request is read costs even more than a task: then the
    caches of the processor change between Python and the kernel for each request. So all are run first, and then all results are
    written: a query took 25 us where each result was written at once, and takes 20 us. A mutation, whose task writes its response
    in the next turn, takes 9 % less.
    """

    def __init__(self, slice_s: float) -> None:
        """`slice_s`: how long the work may use one turn of the loop. What is left then is deferred."""
        self._slice_s = slice_s
        self._ready: deque[tuple[Run[Item], Callable[[Item], None], Item]] = deque()

    def put(self, run: Run[Item], defer: Callable[[Item], None], item: Item) -> None:
        """Call `run` with the item in the next turn of the loop, or `defer` if that turn has no time for it."""
        if not self._ready:
            asyncio.get_running_loop().call_soon(self._run_all)
        self._ready.append((run, defer, item))

    def _run_all(self) -> None:
        ready, until_s = self._ready, monotonic() + self._slice_s
        self._ready = deque()
        writes: deque[Callable[[], None]] = deque()
        try:
            while ready:
                run, _, item = ready.popleft()
                write = run(item)
                if write is not None:
                    writes.append(write)
                if monotonic() >= until_s:
                    break
        finally:
            for _, defer, item in ready:
                defer(item)
            self._write_all(writes)

    def _write_all(self, writes: deque[Callable[[], None]]) -> None:
        """If one fails, the others are made all the same."""
        try:
            while writes:
                writes.popleft()()
        finally:
            if writes:
                asyncio.get_running_loop().call_soon(self._write_all, writes)
