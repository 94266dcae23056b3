"""A Mono program that does what it is told: a command a line on its input, an answer a line on its output."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.needs import needs

ANSWER_WAIT_S = 240.0
END_WAIT_S = 10.0


class Program:
    """It runs until its input ends."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, command: str) -> dict[str, Any]:
        """Raises `AssertionError` with what the program complained of when it ended instead of answering."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n".encode())
        line = await asyncio.wait_for(self._process.stdout.readline(), ANSWER_WAIT_S)
        assert line, f"{command}: {await self._complaints()}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def end(self) -> int:
        """Its exit code, once it has ended by itself at the end of its input."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return await asyncio.wait_for(self._process.wait(), END_WAIT_S)

    async def _complaints(self) -> str:
        assert self._process.stderr is not None
        return (await self._process.stderr.read()).decode()


@asynccontextmanager
async def running(program: Path, *arguments: str) -> AsyncIterator[Program]:
    process = await asyncio.create_subprocess_exec(
        needs("mono"),
        program,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=2**22,
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
