"""Whether the server can do its work now: what a load balancer asks before it sends anybody here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from lobby.ports import Unavailable

log = logging.getLogger(__name__)

GOOD_FOR_S = 1.0
"""How long an answer stands. Asking writes to the disk; however many ask, this is how often."""
WAIT_S = 2.0
"""For the store. One that takes longer is no place to send players to."""


class Readiness:
    """Asks the store to keep something, and says what came of it."""

    def __init__(self, check: Callable[[], Awaitable[None]], is_going_down: Callable[[], bool]) -> None:
        self._check = check
        self._is_going_down = is_going_down
        self._asking: asyncio.Task[str | None] | None = None
        self._asked_at = 0.0

    async def problem(self) -> str | None:
        """Why not, in words for an operator; None: it is ready."""
        if self._is_going_down():
            return "the server is going down"
        now = asyncio.get_running_loop().time()
        if self._asking is None or (self._asking.done() and now - self._asked_at >= GOOD_FOR_S):
            self._asked_at = now
            self._asking = asyncio.create_task(self._asked(), name="readiness")
        return await asyncio.shield(self._asking)

    async def _asked(self) -> str | None:
        try:
            async with asyncio.timeout(WAIT_S):
                await self._check()
        except (Unavailable, TimeoutError) as error:
            log.warning("not ready: %s", error or f"the store took longer than {WAIT_S} s")
            return "the store can't keep anything now"
        return None
