"""Where requests wait that the server has not seen the like of."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

LET_IN_EACH_TURN = 2
"""Reading a request from its bytes, through ASGI, takes some 0.2 ms, and opening a socket 0.3 ms."""


class RequestQueue:
    """One for all connections of a server.

    The loop takes what is ready in one turn, and 500 handshakes that came in one breath were one turn of 130 ms. Here they wait
    for their turn, a few are let in each time, and what the server knows by heart (`graphql_http/shortcut.py`) goes past them.
    """

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_moving = False

    def enter(self, let_in: Callable[[], None]) -> None:
        """`let_in` is called when it is its turn: at once, where nobody waits and this turn has seen nobody."""
        if self._is_moving:
            self._waiting.append(let_in)
            return
        self._is_moving = True
        asyncio.get_running_loop().call_soon(self._move)
        let_in()

    def _move(self) -> None:
        """One turn."""
        if not self._waiting:
            self._is_moving = False
            return
        asyncio.get_running_loop().call_soon(self._move)
        for _ in range(min(LET_IN_EACH_TURN, len(self._waiting))):
            self._waiting.popleft()()
