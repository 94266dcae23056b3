"""One lobby server process: start, kill, freeze and stop it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from tools.chaos.ports import HOST
from tools.chaos.servers.clock import FakeClock

UP_WAIT_S = 120.0
"""On a busy machine the imports of a server were seen to take half a minute."""
DOWN_WAIT_S = 20.0
"""The time that a server may take to drain and exit. Open requests have 10 s (`graceful_shutdown_s` in web/serving.py). Then the
store is closed, whose last calls have 2.5 s each while its Valkey is away."""
LOOK_EVERY_S = 0.02
ANSWER_WAIT_S = 2.0


class Process(Protocol):
    """The process of a node, such as an `asyncio.subprocess.Process`."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    def kill(self) -> None: ...
    def send_signal(self, signal: int) -> None: ...
    async def wait(self) -> int: ...


StartProcess = Callable[[Sequence[str], Mapping[str, str], int], Awaitable[Process]]
"""Starts a command in an environment, with its output into a file descriptor."""


async def start_process(command: Sequence[str], environment: Mapping[str, str], output: int) -> Process:
    return await asyncio.create_subprocess_exec(*command, env=environment, stdout=output, stderr=output)


class NotUp(Exception):
    """The server exited, or does not answer in time."""


class Node:
    """Runs `command` with `settings` added to this process's environment. It serves on `HOST`:`port`.

    A `supervised` server that exits while it starts, since its store cannot be reached, is started again, as a process
    supervisor would do.
    """

    def __init__(
        self,
        name: str,
        port: int,
        command: Sequence[str],
        settings: Mapping[str, str],
        log: Path,
        supervised: bool = False,
        clock: FakeClock | None = None,
        start_process: StartProcess = start_process,
    ) -> None:
        self.name = name
        self.clock = clock
        self.port = port
        self.log = log
        self._command = command
        self.supervised = supervised
        clock_settings = clock.settings if clock is not None else {}
        self._environment = {**os.environ, **settings, **clock_settings, "LOBBY_HOST": HOST, "LOBBY_PORT": str(port)}
        self._start_process = start_process
        self._process: Process | None = None
        self._changed_at = 0.0
        """When something was done to the process last, of the monotonic clock."""
        self._is_frozen = False

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """The id of the process; None if it does not run."""
        return self._process.pid if self._process is not None and self.is_running else None

    def is_steady_since(self, at: float) -> bool:
        """True if it runs, and was neither started, suspended nor ended since `at` of the monotonic clock."""
        return self.is_running and not self._is_frozen and self._changed_at < at

    async def start(self) -> None:
        """Start the process, whose output is appended to its log. `wait_up` returns when it serves."""
        assert not self.is_running, "one process at a time"
        self._note_change()
        with self.log.open("ab") as log:
            self._process = await self._start_process(self._command, self._environment, log.fileno())

    async def wait_up(self) -> None:
        """Returns when it answers. Raises `NotUp` after `UP_WAIT_S`."""
        ends_at = time.monotonic() + UP_WAIT_S
        while not await self._answers():
            if self.supervised and not self.is_running:
                await self.start()
            if not self.is_running or time.monotonic() > ends_at:
                raise NotUp(f"{self.name} did not come up; see {self.log}")
            await asyncio.sleep(LOOK_EVERY_S)

    async def kill(self) -> None:
        """End it by SIGKILL."""
        self._note_change()
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            self._clean_up(self._process.pid)

    def freeze(self) -> None:
        """Suspend it by SIGSTOP: its connections stay open, and it answers nothing until `thaw`."""
        assert self._process is not None, "it was started"
        self._process.send_signal(signal.SIGSTOP)
        self._note_change(is_frozen=True)

    def thaw(self) -> None:
        assert self._process is not None, "it was started"
        self._process.send_signal(signal.SIGCONT)
        self._note_change()

    async def stop(self) -> int:
        """Stop it by SIGTERM, and return its exit code; after `DOWN_WAIT_S` it is killed, and the code is -9."""
        assert self._process is not None, "it was started"
        self._note_change()
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            code = await asyncio.wait_for(self._process.wait(), DOWN_WAIT_S)
        except TimeoutError:
            await self.kill()
            return -signal.SIGKILL
        self._clean_up(self._process.pid)
        return code

    async def wait_exit(self) -> int:
        """Wait until it exits, and return its exit code. The caller bounds the wait."""
        assert self._process is not None, "it was started"
        return await self._process.wait()

    def _note_change(self, is_frozen: bool = False) -> None:
        self._changed_at = time.monotonic()
        self._is_frozen = is_frozen

    def _clean_up(self, pid: int) -> None:
        if self.clock is not None:
            self.clock.clean_up(pid)

    async def _answers(self) -> bool:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(ANSWER_WAIT_S):
                return await _is_healthy(self.port)
        return False


async def _is_healthy(port: int) -> bool:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        return b" 200 " in await reader.readline()
    finally:
        writer.close()
