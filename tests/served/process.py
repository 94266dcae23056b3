"""The server as its own process, on a file that outlives it: for tests that end it, one way or the other."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

import server
from tests.fork_server import ForkedProcess, start_forked
from tests.needs import ROOT
from tests.stores_of_servers import IS_VALKEY, store_of
from tools.demo.address import Address

UP_WAIT_S = 60.0
DOWN_WAIT_S = 20.0
POLL_S = 0.02
_ADDRESS = re.compile(rb"GraphQL and GraphiQL: (\S+)/graphql")


_ON_A_CLOCK_AHEAD = """
import runpy, sys, time
def ahead(read, by):
    return lambda: read() + by
time.time, time.time_ns = ahead(time.time, {ahead_s}), ahead(time.time_ns, int({ahead_s} * 1e9))
sys.path.insert(0, ".")
sys.argv[0] = "server.py"
runpy.run_path("server.py", run_name="__main__")
"""


class ServerProcess:
    """A process of the server, once it is up."""

    def __init__(self, process: asyncio.subprocess.Process | ForkedProcess, address: Address) -> None:
        self.address = address
        self._process = process
        self.log = b""
        self._reading = asyncio.create_task(self._read())

    async def kill(self) -> None:
        """SIGKILL: it can't do anything about it."""
        self._process.kill()
        await self._process.wait()

    def stop(self) -> None:
        """SIGSTOP: the process stands still until `resume`."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def terminate(self) -> None:
        """SIGTERM: it may still do what it has to."""
        self._process.send_signal(signal.SIGTERM)

    def hang_up(self) -> None:
        """SIGHUP: it reads its settings again."""
        self._process.send_signal(signal.SIGHUP)

    def write_stacks(self) -> None:
        """SIGUSR1: the stacks of all threads, into the log."""
        self._process.send_signal(signal.SIGUSR1)

    async def exit_code(self) -> int:
        async with asyncio.timeout(DOWN_WAIT_S):
            return await self._process.wait()

    async def end(self) -> None:
        """Kills the process in any state."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading

    async def _read(self) -> None:
        """Read the pipe all the time: a full pipe would stop the process."""
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self.log += line


@asynccontextmanager
async def server_process(file: Path, **settings: object) -> AsyncIterator[ServerProcess]:
    """A server on the SQLite file, on a free port unless `port` is given; settings by their names, without `LOBBY_`.

    `ahead_s`, which is no setting: how far the clock of its machine is ahead.
    """
    ahead_s = settings.pop("ahead_s", 0)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOBBY_")}
    environment |= {"LOBBY_STORE": store_of(file), "LOBBY_RATE_LIMITS": "off"}
    environment |= {"LOBBY_FAST": os.environ.get("LOBBY_FAST", "true")}
    if IS_VALKEY:
        environment["LOBBY_SECRET"] = os.environ["LOBBY_SECRET"]
    environment |= {f"LOBBY_{name.upper()}": str(value) for name, value in settings.items()}
    arguments = ("--port", str(settings.get("port", 0)))
    process: asyncio.subprocess.Process | ForkedProcess
    if ahead_s:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", _ON_A_CLOCK_AHEAD.format(ahead_s=ahead_s), *arguments),
            cwd=ROOT,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    else:
        process = await start_forked(arguments, environment)
    server = ServerProcess(process, await _said_address(process))
    try:
        await _is_up(server.address)
        yield server
    finally:
        await server.end()


async def _said_address(process: asyncio.subprocess.Process | ForkedProcess) -> Address:
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


def failed_start(folder: Path, **settings: str) -> str:
    """The lines of a server process that does not start, without a traceback. Its store is in `folder` by default."""
    return asyncio.run(_failed_start(_environment_of_failure(folder, settings)))


async def _failed_start(environment: dict[str, str]) -> str:
    process = await start_forked((), environment)
    assert process.stderr is not None
    async with asyncio.timeout(UP_WAIT_S):
        said = (await process.stderr.read()).decode()
        assert await process.wait() != 0
    assert "Traceback" not in said, said
    return said


def failed_start_of_python(folder: Path, **settings: str) -> str:
    """As `failed_start`, of `python server.py` from another folder, which takes a second longer."""
    process = subprocess.run(
        [sys.executable, str(ROOT / "server.py")],
        cwd=folder,
        env=_environment_of_failure(folder, settings),
        capture_output=True,
        text=True,
        timeout=UP_WAIT_S,
    )
    assert process.returncode != 0
    assert "Traceback" not in process.stderr, process.stderr
    return process.stderr


def _environment_of_failure(folder: Path, settings: dict[str, str]) -> dict[str, str]:
    environment = {"PATH": os.environ["PATH"], "LOBBY_STORE": f"sqlite:///{folder}/data/lobby.db", "LOBBY_PORT": "0"}
    return environment | {f"LOBBY_{name.upper()}": value for name, value in settings.items()}


def exit_text(monkeypatch: pytest.MonkeyPatch, **settings: str) -> str:
    """The text with which `server.py` exits because of these settings. Runs in this process, which saves a second."""
    for name in os.environ:
        if name.startswith("LOBBY_"):
            monkeypatch.delenv(name)
    for name, value in settings.items():
        monkeypatch.setenv(f"LOBBY_{name.upper()}", value)
    monkeypatch.setattr(sys, "argv", ["server.py"])
    with pytest.raises(SystemExit) as exit:
        server.main()
    return str(exit.value.code)
