"""The servers of a run over one store, and their settings: graces short enough to run out, bounds low enough to be reached."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.chaos.checks.judge import CheckLimits
from tools.chaos.ports import HOST, free_ports
from tools.chaos.servers.clock import FakeClock, find_library
from tools.chaos.servers.node import Node, StartProcess, start_process

ROOT = Path(__file__).parents[3]
SECRET_BYTES = 32
SERVER = (sys.executable, str(ROOT / "server.py"))

GRACE_IN_PROGRESS_S = 4.0
HEARTBEAT_S = 1.0
KICK_COOLDOWN_S = 1.5
FOLLOWER_QUEUE_MAX = 16
ACCESS_TOKEN_MIN = 0.5

CHECK_LIMITS = CheckLimits(queue_max=FOLLOWER_QUEUE_MAX, kick_cooldown_ms=round(KICK_COOLDOWN_S * 1000))

SERVER_SETTINGS: dict[str, str] = {
    "LOBBY_GRACE_WAITING_S": "2",
    "LOBBY_GRACE_STARTING_S": "1",
    "LOBBY_GRACE_IN_PROGRESS_S": str(GRACE_IN_PROGRESS_S),
    "LOBBY_LEADER_GRACE_S": "1",
    "LOBBY_LEADER_IDLE_S": "2",
    "LOBBY_HOST_GRACE_S": "1",
    "LOBBY_HOST_REPORT_S": "2",
    "LOBBY_KICK_COOLDOWN_S": str(KICK_COOLDOWN_S),
    "LOBBY_HEARTBEAT_S": str(HEARTBEAT_S),
    "LOBBY_STALLED_SEND_S": "3",
    "LOBBY_FOLLOWER_QUEUE_MAX": str(FOLLOWER_QUEUE_MAX),
    "LOBBY_ACCESS_TOKEN_MIN": str(ACCESS_TOKEN_MIN),
    "LOBBY_RATE_LIMITS": "off",
    "LOBBY_CONNECTIONS_PER_ADDRESS_MAX": "100000",
    "LOBBY_TCP_CONNECTIONS_PER_ADDRESS_MAX": "100000",
    "LOBBY_CONNECTIONS_PER_PLAYER_MAX": "1000",
    "LOBBY_STREAMS_PER_PLAYER_MAX": "1000",
}
"""All other settings have their defaults."""


class Cluster:
    """Servers of which any one answers for all. SQLite allows only one."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes

    @classmethod
    def create(
        cls,
        stores: Sequence[str],
        folder: Path,
        command: Sequence[str] = SERVER,
        settings: Mapping[str, str] = SERVER_SETTINGS,
        clock_offsets_s: Sequence[float] | None = None,
        start_process: StartProcess = start_process,
    ) -> Cluster:
        """A server for each of the URLs, which must lead to one store. Each writes its log into `folder`.

        `clock_offsets_s`: of each server's clock, which can then be set; None leaves them the machine's clock.
        """
        shared = dict(settings)
        is_over_network = not all(store.startswith("sqlite:") for store in stores)
        if is_over_network:
            shared["LOBBY_SECRET"] = secrets.token_hex(SECRET_BYTES)  # for a file, the server keeps it beside the file
        nodes = [
            Node(
                f"server-{number}",
                port,
                command,
                {**shared, "LOBBY_STORE": store},
                folder / f"server-{number}.log",
                supervised=is_over_network,
                clock=_fake_clock(folder, number, clock_offsets_s),
                start_process=start_process,
            )
            for number, (store, port) in enumerate(zip(stores, free_ports(len(stores)), strict=True), 1)
        ]
        return cls(nodes)

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """The addresses of all nodes, whether they are up or not."""
        return [(HOST, node.port) for node in self.nodes]

    async def start(self) -> None:
        """Returns when all nodes serve. Raises `NotUp`."""
        for node in self.nodes:
            await node.start()
        for node in self.nodes:
            await node.wait_up()

    async def kill(self) -> None:
        """Kill all nodes that still run."""
        for node in self.nodes:
            await node.kill()


def _fake_clock(folder: Path, number: int, offsets_s: Sequence[float] | None) -> FakeClock | None:
    library = find_library() if offsets_s is not None else None
    if library is None or offsets_s is None:
        return None
    return FakeClock(library, folder / f"clock-{number}", offsets_s[number - 1])
