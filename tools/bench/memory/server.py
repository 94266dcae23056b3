"""The server whose memory is measured, on a temporary file with default settings, and guests in parties of eight on it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from web.graphql.execution.client_documents import client_documents

ROOT = Path(__file__).parents[3]
START_WAIT_S = 60.0
STOP_WAIT_S = 60.0
POLL_S = 0.05
DAY_S = 24 * 3600
UNLIMITED = 1_000_000
ESTABLISHED = "01"
DOCUMENTS = client_documents(ROOT / "client_queries")
PARTY_MEMBERS = 8
CONCURRENT_PARTIES_MAX = 16


class Server:
    """One running process."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}/graphql"
        self._process = process

    def resident_kib(self) -> int:
        """The resident memory of the process."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1])

    def has_connection(self, client_port: int) -> bool:
        """True if the server's end of this connection is open. A client that does not read cannot see the close itself."""
        lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        sockets = (line.split() for line in lines)
        return any(
            _port(fields[1]) == self.port and _port(fields[2]) == client_port and fields[3] == ESTABLISHED
            for fields in sockets
        )

    def wait_until_up(self) -> None:
        deadline_s = time.monotonic() + START_WAIT_S
        while self._process.poll() is None and time.monotonic() < deadline_s:
            with suppress(httpx.TransportError):
                httpx.get(self.url.replace("/graphql", "/healthz"), trust_env=False)
                return
            time.sleep(POLL_S)
        raise SystemExit("the server did not start")


@contextmanager
def start_server(**settings: object) -> Iterator[Server]:
    """`settings`: names without `LOBBY_`. Long grace periods keep all members: only followers come and go."""
    with TemporaryDirectory() as folder:
        port = _free_port()
        values = {
            "grace_waiting_s": DAY_S,
            "access_token_min": DAY_S / 60,
            "rate_limits": "off",
            "connections_per_player_max": UNLIMITED,
            "streams_per_player_max": UNLIMITED,
            "connections_per_address_max": UNLIMITED,
            "connections_max": UNLIMITED,
            "tcp_connections_max": UNLIMITED,
            "tcp_connections_per_address_max": UNLIMITED,
            **settings,
        }
        environment = {**os.environ, "LOBBY_STORE": f"sqlite:///{folder}/lobby.db"}
        environment |= {f"LOBBY_{name.upper()}": str(value) for name, value in values.items()}
        command = [sys.executable, "server.py", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)  # noqa: S603
        try:
            server = Server(process, port)
            server.wait_until_up()
            yield server
        finally:
            process.terminate()
            process.wait(STOP_WAIT_S)


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Guest:
    token: str
    party_id: str


class LobbyClient:
    """Sends mutations over HTTP."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    async def run(self, operation: str, fields: dict[str, Any], token: str = "") -> Any:
        """The result of a mutation. An error or a rejection ends the measurement."""
        body = {"query": DOCUMENTS[operation], "operationName": operation, "variables": {"input": fields}}
        headers = {"authorization": f"Bearer {token}"} if token else {}
        payload = (await self._http.post(self._url, json=body, headers=headers)).json()
        result = next(iter((payload.get("data") or {}).values()), None)
        if result is None or result["__typename"] == "Rejection":
            raise SystemExit(f"{operation} failed: {payload}")
        return result

    async def create_guests(self, parties: int) -> list[Guest]:
        """Parties with eight guests each. The first guest of each party leads it."""
        limit = asyncio.Semaphore(CONCURRENT_PARTIES_MAX)

        async def create_party() -> list[Guest]:
            async with limit:
                tokens = [await self._sign_in() for _ in range(PARTY_MEMBERS)]
                party = (await self.run("CreateParty", {}, tokens[0]))["party"]
                for token in tokens[1:]:
                    await self.run("JoinById", {"partyId": party["id"]}, token)
                return [Guest(token, party["id"]) for token in tokens]

        return [guest for guests in await asyncio.gather(*(create_party() for _ in range(parties))) for guest in guests]

    async def _sign_in(self) -> str:
        result = await self.run("SignInAsGuest", {"displayName": "Guest"})
        return str(result["credentials"]["accessToken"])
