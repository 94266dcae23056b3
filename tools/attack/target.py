"""The attacked server: its address, its memory, and starting one of our own."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from tools.attack.cores import confine_server

ATTACKERS = "127.0.1."
"""On Linux all of 127.0.0.0/8 is loopback, and each attack has an address of its own. On other systems all attacks share the
reference clients' address, and so its rate limits."""


@dataclass(frozen=True, slots=True)
class Target:
    """`pid` and `log`: set if the server is our own."""

    host: str
    port: int
    pid: int | None = None
    log: Path | None = None
    source: str | None = None
    """The local address of attackers; None for any."""

    @classmethod
    def at(cls, url: str) -> Target:
        parts = urlsplit(url)
        if parts.hostname is None or parts.scheme != "http":
            raise SystemExit(f"not an http:// URL: {url}")
        return cls(parts.hostname, parts.port or 80)

    def from_own_address(self, number: int) -> Target:
        """The same target with a source address for the attack of this number."""
        source = f"{ATTACKERS}{number % 254 + 1}" if self.is_loopback else None
        return replace(self, source=source if source is not None and _can_bind(source) else None)

    @property
    def is_loopback(self) -> bool:
        return self.host == "localhost" or self.host.startswith("127.")

    def memory_kib(self) -> int | None:
        """The server's resident memory; None for a server that is not our own."""
        if self.pid is None:
            return None
        with suppress(OSError):
            for line in Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines():
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        return None

    def descriptors(self) -> int | None:
        """The number of files and sockets that the server has open; None for a server that is not our own."""
        if self.pid is None:
            return None
        with suppress(OSError):
            return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))
        return None


def _can_bind(address: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


ROOT = Path(__file__).parents[2]
UP_WAIT_S = 60.0
DOWN_WAIT_S = 15.0
POLL_S = 0.1
_LISTENING = re.compile(r"http://127\.0\.0\.1:(\d+)/graphql")
_TROUBLE = re.compile(r"^.*(?: ERROR | CRITICAL |Traceback).*$", re.MULTILINE)


@asynccontextmanager
async def start_own_server(**settings: object) -> AsyncIterator[Target]:
    """A server with default settings on a temporary file and a free port, until the block ends. `settings`: names without
    `LOBBY_`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOBBY_")}
    environment |= {f"LOBBY_{name.upper()}": str(value) for name, value in settings.items()}
    with TemporaryDirectory(prefix="attack-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as output:  # noqa: ASYNC230 - nothing else runs yet
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(ROOT / "server.py"),
                "--port",
                "0",
                cwd=folder,
                env={**environment, "LOBBY_STORE": f"sqlite:///{folder}/lobby.db"},
                stderr=output,
                preexec_fn=confine_server,
            )
        try:
            yield Target("127.0.0.1", await _port(log, process), process.pid, log)
        finally:
            process.terminate()
            await asyncio.wait_for(process.wait(), DOWN_WAIT_S)


def error_log_lines(target: Target) -> list[str]:
    """The lines with errors in the log of a server of our own."""
    if target.log is None:
        return []
    return _TROUBLE.findall(_text(target.log))


async def _port(log: Path, process: asyncio.subprocess.Process) -> int:
    async with asyncio.timeout(UP_WAIT_S):
        while process.returncode is None:
            match = _LISTENING.search(_text(log))
            if match is not None and await _answers(int(match[1])):
                return int(match[1])
            await asyncio.sleep(POLL_S)
    raise SystemExit(f"the server did not start: {_text(log)}")


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
