"""The output of the demo: coloured and animated on a terminal, plain lines in a file or a pipe."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from typing import TextIO

FRAME_S = 0.12
SIGNS = "|/-\\"
BOLD, DIM, RED, GREEN, CYAN, YELLOW = "1", "2", "31", "32", "36", "33"


class Screen:
    """Writes lines to `out`, with colours if it is a terminal."""

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
        # Clear the animated line first: it does not end with a newline.
        wipe = "\r\033[K" if self._is_terminal else ""
        print(f"{wipe}{text}", file=self._out, flush=True)

    def painted(self, text: str, *codes: str) -> str:
        return f"\033[{';'.join(codes)}m{text}\033[0m" if self._is_terminal else text

    @asynccontextmanager
    async def waiting(self, text: str) -> AsyncIterator[None]:
        """Show until the end of the block that the demo waits: an animation on a terminal, else one line."""
        if not self._is_terminal:
            self.line(f"    ... {text}")
            yield
            return
        animation = asyncio.create_task(self._animate(text))
        try:
            yield
        finally:
            animation.cancel()
            await asyncio.wait([animation])
            print("\r\033[K", end="", file=self._out, flush=True)

    async def _animate(self, text: str) -> None:
        for sign in cycle(SIGNS):
            print(f"\r    {self.painted(f'{sign} {text}', YELLOW)}", end="", file=self._out, flush=True)
            await asyncio.sleep(FRAME_S)


def standard_screen() -> Screen:
    """A screen on standard output. Characters that its encoding lacks become question marks."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    return Screen(sys.stdout)
