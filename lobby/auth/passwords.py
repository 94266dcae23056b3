"""Party passwords: hashed with argon2id, off the event loop, a bounded number at a time."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from lobby.ports import Unavailable

Answer = TypeVar("Answer")

MEMORY_KIB = 19 * 1024
ROUNDS = 2
"""With one lane: OWASP's password storage cheat sheet, its first choice for argon2id (2024)."""
WAITING_MAX = 24
"""Some 30 ms each: nobody waits for a second, however many guess."""
NICER = 10
"""By so much the thread stands back: it gets a tenth of a core that the event loop wants for itself, and all that it leaves."""
NICE_MAX = 19


class Passwords:
    """One thread hashes; up to `waiting_max` callers wait for it, the next one gets `Unavailable`."""

    def __init__(self, waiting_max: int = WAITING_MAX) -> None:
        self._hasher = PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=1)
        self._thread = ThreadPoolExecutor(1, "passwords", _give_way)
        self._waiting = 0
        self._waiting_max = waiting_max

    async def hash(self, password: str) -> str:
        """A salted hash in PHC form, its parameters inside."""
        return await self._off_loop(self._hasher.hash, password)

    async def matches(self, password: str, hashed: str) -> bool:
        return await self._off_loop(self._matches, password, hashed)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _matches(self, password: str, hashed: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except VerificationError:
            return False

    async def _off_loop(self, work: Callable[..., Answer], *args: str) -> Answer:
        if self._waiting >= self._waiting_max:
            raise Unavailable("too many passwords at once")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)
        finally:
            self._waiting -= 1


def _give_way() -> None:
    """On a single core a hash kept everybody waiting for as long as the system lets a thread go on, some 4 ms. Linux alone has
    priorities of threads."""
    if sys.platform == "linux":
        me = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, me, min(os.getpriority(os.PRIO_PROCESS, me) + NICER, NICE_MAX))
