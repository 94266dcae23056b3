"""The server under measurement: `server.py` on a temporary file, with everything on that it has by default."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory

import httpx

ROOT = Path(__file__).parents[2]
UP_WAIT_S = 60.0
POLL_S = 0.05
DAY_S = 24 * 3600
ESTABLISHED = "01"


class Server:
    """One running process."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}/graphql"
        self._process = process

    def resident_kib(self) -> int:
        """What of its memory is in RAM."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1])

    def holds(self, client_port: int) -> bool:
        """Whether its end of that connection is open; a client that does not read learns nothing of the close."""
        open_ends = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        ends = (line.split() for line in open_ends)
        return any(
            _port(end[1]) == self.port and _port(end[2]) == client_port and end[3] == ESTABLISHED for end in ends
        )

    def wait_until_up(self) -> None:
        latest_s = time.monotonic() + UP_WAIT_S
        while self._process.poll() is None and time.monotonic() < latest_s:
            with suppress(httpx.TransportError):
                httpx.get(self.url.replace("/graphql", "/healthz"), trust_env=False)
                return
            time.sleep(POLL_S)
        raise SystemExit("the server did not come up")


@contextmanager
def running(**settings: object) -> Iterator[Server]:
    """`settings` by their names, without `LOBBY_`. Nobody is timed out: only followers are to come and go."""
    with TemporaryDirectory() as folder:
        port = _free_port()
        given = {
            "grace_waiting_s": DAY_S,
            "access_token_min": DAY_S / 60,
            "rate_limits": "off",
            "connections_per_player_max": 1_000_000,
            "streams_per_player_max": 1_000_000,
            "connections_per_address_max": 1_000_000,
            "connections_max": 1_000_000,
            "tcp_connections_max": 1_000_000,
            "tcp_connections_per_address_max": 1_000_000,
            **settings,
        }
        environment = {**os.environ, "LOBBY_STORE": f"sqlite:///{folder}/lobby.db"}
        environment |= {f"LOBBY_{name.upper()}": str(value) for name, value in given.items()}
        command = [sys.executable, "server.py", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)  # noqa: S603
        try:
            server = Server(process, port)
            server.wait_until_up()
            yield server
        finally:
            process.terminate()
            process.wait()


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
