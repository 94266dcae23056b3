"""One server process, and how it is started, killed and asked to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from chaos.ports import HOST

UP_WAIT_S = 120.0
"""A machine with much else to do takes half a minute to import a server, as was seen."""
DOWN_WAIT_S = 10.0
"""What a server may take to stop by itself; the design's own bound."""
LOOK_EVERY_S = 0.02
ANSWER_WAIT_S = 2.0


class NotUp(Exception):
    """The server ended by itself, or does not answer in time."""


class Node:
    """`command` is run with `settings` on top of this process's environment; it serves on `HOST`:`port`.

    `supervised`: a server that can't start, since its store is out of reach just then, is started again, as an operator's
    supervisor would.
    """

    def __init__(
        self,
        name: str,
        port: int,
        command: Sequence[str],
        settings: Mapping[str, str],
        log: Path,
        supervised: bool = False,
    ) -> None:
        self.name = name
        self.port = port
        self.log = log
        self._command = command
        self.supervised = supervised
        self._environment = {**os.environ, **settings, "LOBBY_HOST": HOST, "LOBBY_PORT": str(port)}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Begins; `up` says when it serves. What it writes is added to its log."""
        assert not self.is_running, "one process at a time"
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, env=self._environment, stdout=log, stderr=log
            )

    async def up(self) -> None:
        """Returns once it answers. Raises `NotUp`."""
        ends_at = time.monotonic() + UP_WAIT_S
        while not await self._answers():
            if self.supervised and not self.is_running:
                await self.start()
            if not self.is_running or time.monotonic() > ends_at:
                raise NotUp(f"{self.name} did not come up; see {self.log}")
            await asyncio.sleep(LOOK_EVERY_S)

    async def kill(self) -> None:
        """With SIGKILL: it has no say in it."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    def freeze(self) -> None:
        """With SIGSTOP: its connections stay open, and nothing is answered until `thaw`."""
        assert self._process is not None, "it was started"
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None, "it was started"
        self._process.send_signal(signal.SIGCONT)

    async def stop(self) -> int:
        """With SIGTERM. Its exit code; that of a kill if it takes longer than `DOWN_WAIT_S`."""
        assert self._process is not None, "it was started"
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self._process.wait(), DOWN_WAIT_S)
        except TimeoutError:
            await self.kill()
            return -signal.SIGKILL

    async def ended(self) -> int:
        """Its exit code, once it has one."""
        assert self._process is not None, "it was started"
        return await self._process.wait()

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
