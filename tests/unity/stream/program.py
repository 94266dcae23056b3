"""A Mono program that a test controls: one command per line on its input, one answer per line on its output."""

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
    """A running program. It ends when its input ends."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def send(self, command: str) -> dict[str, Any]:
        """Send a command and wait for its answer. Raises `AssertionError` with the error output if the program ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n".encode())
        line = await asyncio.wait_for(self._process.stdout.readline(), ANSWER_WAIT_S)
        assert line, f"{command}: {await self._error_output()}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def end(self) -> int:
        """Close its input and return its exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return await asyncio.wait_for(self._process.wait(), END_WAIT_S)

    async def _error_output(self) -> str:
        assert self._process.stderr is not None
        return (await self._process.stderr.read()).decode()


@asynccontextmanager
async def start_program(program: Path, *arguments: str) -> AsyncIterator[Program]:
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
        await asyncio.wait_for(process.wait(), END_WAIT_S)
