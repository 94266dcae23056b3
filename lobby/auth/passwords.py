"""Party passwords: hashed with argon2id on a thread of their own, a bounded number at a time.

Joins do not wait behind new passwords: each kind has a queue, and the thread takes from both in turn.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from lobby.ports import Unavailable

Result = TypeVar("Result")

MEMORY_KIB = 19 * 1024
ROUNDS = 2
"""With one lane: the first choice for argon2id in OWASP's password storage cheat sheet (2024)."""
WAITING_MAX = 24
"""Hashes of each kind that wait. A hash takes about 30 ms, so nobody waits for two seconds, however many passwords are tried."""
NICENESS = 10
"""Added to the thread's niceness: the thread then gets a tenth of a core that the event loop needs itself, and all of a core that
is idle."""
NICENESS_MAX = 19


class Passwords:
    """Hashes and verifies passwords. Up to `waiting_max` callers of each kind wait; a further one gets `Unavailable`."""

    def __init__(self, waiting_max: int = WAITING_MAX) -> None:
        self._hasher = PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=1)
        self._thread = ThreadPoolExecutor(1, "passwords", _lower_priority)
        self._waiting_max = waiting_max
        self._new: deque[asyncio.Future[None]] = deque()
        """Callers that wait for their turn to hash a new password."""
        self._joins: deque[asyncio.Future[None]] = deque()
        """Callers that wait for their turn to verify one."""
        self._running: deque[asyncio.Future[None]] | None = None
        """The queue whose work is on the thread."""

    async def hash(self, password: str) -> str:
        """A salted hash in PHC form, which includes its parameters."""
        return await self._run_on_thread(self._new, self._hasher.hash, password)

    async def matches(self, password: str, hashed: str) -> bool:
        """True if `hashed` is a hash of the password."""
        return await self._run_on_thread(self._joins, self._verify, password, hashed)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, hashed: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except VerificationError:
            return False

    async def _run_on_thread(
        self, queue: deque[asyncio.Future[None]], work: Callable[..., Result], *args: str
    ) -> Result:
        if len(queue) + (self._running is queue) >= self._waiting_max:
            raise Unavailable("too many passwords at once")
        await self._take_turn(queue)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)
        finally:
            self._give_turn(self._joins if queue is self._new else self._new, queue)

    async def _take_turn(self, queue: deque[asyncio.Future[None]]) -> None:
        if self._running is None:
            self._running = queue
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn in queue:
                queue.remove(turn)
            else:
                self._give_turn(self._joins, self._new)
            raise

    def _give_turn(self, *queues: deque[asyncio.Future[None]]) -> None:
        """Let the first caller of the first queue that has one go on."""
        for queue in queues:
            while queue:
                turn = queue.popleft()
                if not turn.done():
                    self._running = queue
                    turn.set_result(None)
                    return
        self._running = None


def _lower_priority() -> None:
    """Give the event loop priority over this thread. On a single core a hash delayed everything by about 4 ms, for which the
    system lets a thread run. Only Linux has priorities for single threads."""
    if sys.platform == "linux":
        thread_id = threading.get_native_id()
        niceness = min(os.getpriority(os.PRIO_PROCESS, thread_id) + NICENESS, NICENESS_MAX)
        os.setpriority(os.PRIO_PROCESS, thread_id, niceness)
