"""The game itself, as far as the examples of docs/game-servers.md have one: processes, and a player's connection to it."""

from __future__ import annotations

import asyncio
import os
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from tests.needs import ROOT
from tools.demo.address import Address
from tools.demo.answers import Answer

KEY = "the key of a game server in the tests"
SECRET = "whsec_" + b64encode(b"a secret of thirty two bytes ...").decode()
WAIT_S = 15.0


@asynccontextmanager
async def example(name: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A file of docs/examples as a process that has said its first line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "docs/examples" / name),
        *arguments,
        env={**os.environ, "ALLOCATOR_SECRET": SECRET, "LOBBY_SERVICE_KEY": KEY},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def said(process: asyncio.subprocess.Process) -> list[str]:
    """The words of the next line that it says."""
    assert process.stdout is not None
    async with asyncio.timeout(WAIT_S):
        return (await process.stdout.readline()).decode().split()


@asynccontextmanager
async def allocation_service(lobby: Address, port: int) -> AsyncIterator[None]:
    async with example("allocation_service.py", "--lobby", lobby.base, "--port", str(port)) as process:
        assert await said(process) == ["listening", f"http://127.0.0.1:{port}/"]
        yield


@dataclass(frozen=True, slots=True)
class InGame:
    """A player's connection to a game server."""

    greeting: list[str]
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter

    @classmethod
    async def enters(cls, endpoint: Answer, ticket: str) -> InGame:
        """With what the game server says to the ticket."""
        async with asyncio.timeout(WAIT_S):
            reader, writer = await asyncio.open_connection(endpoint["address"], endpoint["port"])
            writer.write(f"{ticket}\n".encode())
            greeting = (await reader.readline()).decode().split()
        game = cls(greeting, reader, writer)
        if greeting[:1] != ["welcome"]:
            await game.until_end()
        return game

    def does(self, line: str) -> None:
        self._writer.write(f"{line}\n".encode())

    async def crashes(self) -> None:
        """End the connection as the kill of a process does."""
        self._writer.transport.abort()
        await self._closed()

    async def leaves(self) -> None:
        """Hangs up, without a word."""
        await self._closed()

    async def until_end(self) -> None:
        """Wait until the game server closes the connection."""
        async with asyncio.timeout(WAIT_S):
            while await self._reader.read(1024):
                pass
            await self._closed()

    async def _closed(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()
