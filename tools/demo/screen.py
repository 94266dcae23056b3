"""Where the demo is told. Colour and movement are for a terminal; a file or a pipe gets plain lines."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from typing import TextIO

TURN_S = 0.12
TURNS = "|/-\\"
BOLD, DIM, RED, GREEN, CYAN, YELLOW = "1", "2", "31", "32", "36", "33"


class Screen:
    """Lines on `out`, in colour if that is a terminal."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._is_terminal = out.isatty()

    def heading(self, text: str) -> None:
        self.line(f"\n{self.painted(text, BOLD, CYAN)}")

    def step(self, text: str) -> None:
        self.line(f"  {self.painted('>', GREEN)} {text}")

    def event(self, seq: int, text: str) -> None:
        self.line(f"      {self.painted(f'#{seq:<3} {text}', DIM)}")

    def error(self, text: str) -> None:
        self.line(self.painted(text, RED))

    def line(self, text: str = "") -> None:
        # The line that turns while waiting is wiped first; it has no end of its own.
        wipe = "\r\033[K" if self._is_terminal else ""
        print(f"{wipe}{text}", file=self._out, flush=True)

    def painted(self, text: str, *codes: str) -> str:
        return f"\033[{';'.join(codes)}m{text}\033[0m" if self._is_terminal else text

    @asynccontextmanager
    async def waiting(self, text: str) -> AsyncIterator[None]:
        """Shows that something is waited for: moving on a terminal, else one line."""
        if not self._is_terminal:
            self.line(f"    ... {text}")
            yield
            return
        turning = asyncio.create_task(self._turn(text))
        try:
            yield
        finally:
            turning.cancel()
            await asyncio.wait([turning])
            print("\r\033[K", end="", file=self._out, flush=True)

    async def _turn(self, text: str) -> None:
        for sign in cycle(TURNS):
            print(f"\r    {self.painted(f'{sign} {text}', YELLOW)}", end="", file=self._out, flush=True)
            await asyncio.sleep(TURN_S)


def standard_screen() -> Screen:
    """The program's own output; a character that its encoding does not know becomes a question mark."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    return Screen(sys.stdout)
