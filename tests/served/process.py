"""The server as its own process, on a file that outlives it: for tests that end it, one way or the other."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from lobby.demo.address import Address
from tests.needs import ROOT
from tests.stores_of_servers import IS_VALKEY, store_of

UP_WAIT_S = 20.0
DOWN_WAIT_S = 20.0
POLL_S = 0.02
_ADDRESS = re.compile(rb"GraphQL and GraphiQL: (\S+)/graphql")


class ServerProcess:
    """`python server.py`, once it is up."""

    def __init__(self, process: asyncio.subprocess.Process, address: Address) -> None:
        self.address = address
        self._process = process
        self.log = b""
        self._reading = asyncio.create_task(self._read())

    async def kill(self) -> None:
        """SIGKILL: it can't do anything about it."""
        self._process.kill()
        await self._process.wait()

    def terminate(self) -> None:
        """SIGTERM: it may still do what it has to."""
        self._process.send_signal(signal.SIGTERM)

    async def exit_code(self) -> int:
        async with asyncio.timeout(DOWN_WAIT_S):
            return await self._process.wait()

    async def end(self) -> None:
        """Whatever state it is in."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading

    async def _read(self) -> None:
        """Else the process would stop once the pipe is full."""
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self.log += line


@asynccontextmanager
async def server_process(file: Path, **settings: object) -> AsyncIterator[ServerProcess]:
    """A server on the SQLite file, on a free port; settings by their names, without `LOBBY_`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOBBY_")}
    environment |= {"LOBBY_STORE": store_of(file), "LOBBY_RATE_LIMITS": "off"}
    if IS_VALKEY:
        environment["LOBBY_SECRET"] = os.environ["LOBBY_SECRET"]
    environment |= {f"LOBBY_{name.upper()}": str(value) for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "server.py", "--port", "0", cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
    )
    server = ServerProcess(process, await _said_address(process))
    try:
        await _is_up(server.address)
        yield server
    finally:
        await server.end()


async def _said_address(process: asyncio.subprocess.Process) -> Address:
    assert process.stderr is not None
    said = b""
    async with asyncio.timeout(UP_WAIT_S):
        async for line in process.stderr:
            said += line
            found = _ADDRESS.search(line)
            if found is not None:
                return Address(found[1].decode())
    raise AssertionError(f"the server did not come up: {said.decode()}")


async def _is_up(address: Address) -> None:
    """The address is said once it is the server's, which is a moment before anybody listens."""
    async with httpx.AsyncClient() as client, asyncio.timeout(UP_WAIT_S):
        while True:
            with suppress(httpx.TransportError):
                (await client.get(f"{address.base}/healthz")).raise_for_status()
                return
            await asyncio.sleep(POLL_S)
