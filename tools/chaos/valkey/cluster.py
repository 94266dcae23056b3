"""A Valkey cluster of three primaries with one replica each, for tests of failovers."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from valkey import Connection
from valkey.exceptions import ValkeyError

from tools.chaos.ports import HOST, free_ports
from tools.chaos.valkey.server import DURABLE, ValkeyServer

PRIMARIES = 3
SLOTS = 16_384
NODE_TIMEOUT_MS = 1_000
"""Each node counts as failing after this time without an answer. Then the primaries agree, and elect its replica."""
SETTLE_WAIT_S = 30.0
LOOK_EVERY_S = 0.05
ANSWER_WAIT_S = 2.0
_SETTINGS = {
    "cluster-enabled": "yes",
    "cluster-node-timeout": str(NODE_TIMEOUT_MS),
    "cluster-require-full-coverage": "no",
    "cluster-allow-replica-migration": "no",
    "cluster-replica-validity-factor": "0",
    "repl-diskless-sync-delay": "0",
}


class NotSettled(Exception):
    """The cluster did not reach a state in time."""


class ValkeyCluster:
    """Six processes. `folder` holds treplica data, and a copy of the data of each primary that died. Methods block."""

    def __init__(self, folder: Path) -> None:
        ports = free_ports(4 * PRIMARIES)
        self._bus_ports = ports[2 * PRIMARIES :]
        self.servers = [
            ValkeyServer(folder / f"node-{number}", {**DURABLE, **_SETTINGS, "cluster-port": str(bus_port)}, port)
            for number, (port, bus_port) in enumerate(zip(ports, self._bus_ports, strict=False))
        ]
        self.dead_primaries: list[Path] = []
        """Copies of the data of primaries that died, one folder each."""
        self._folder = folder

    @property
    def addresses(self) -> list[tuple[str, int]]:
        return [server.address for server in self.servers]

    def start(self) -> None:
        """Returns when every slot is served and every replica follows. Raises `NotSettled`."""
        for server in self.servers:
            server.start()
        self._assign_slots()
        self._introduce()
        self._wait("the nodes know each other", lambda: all(self._knows_all(server) for server in self.servers))
        for primary, replica in zip(self.servers[:PRIMARIES], self.servers[PRIMARIES:], strict=True):
            self._wait("a replica is taken", partial(self._replicates, primary, replica))
        self._wait("the cluster is whole", self.is_whole)

    def kill(self) -> None:
        for server in self.servers:
            server.kill()

    def flush(self) -> None:
        """Delete all data."""
        for server in self.servers:
            if _role(server) == "master":
                server.flush()

    def fail_over(self, random: Random, down_s: float, behind_s: float = 0.0) -> None:
        """Kill one of the primaries, wait until its replica has taken over, and start it again as a replica after `down_s`.

        `behind_s`: the replica lacks the writes of the last so many seconds, as if the network between the two had failed
        first. To freeze it would not be enough: it would find the writes in its socket.
        """
        dying = random.choice([server for server in self.servers if _role(server) == "master"])
        replica = next(server for server in self.servers if _follows(server, dying.port))
        if behind_s:
            replica.freeze()
            _ask(dying, "CLIENT", "KILL", "TYPE", "replica")
            time.sleep(behind_s)
        dying.kill()
        replica.thaw()
        self._keep_copy(dying)
        self._wait("a replica has taken over", lambda: _role(replica) == "master")
        time.sleep(down_s)
        dying.start()
        self._wait("the cluster is whole again", self.is_whole)

    def is_whole(self) -> bool:
        """True if three primaries serve all slots and three replicas are connected to them."""
        roles = [_role(server) for server in self.servers]
        follower = sum(_follows_closely(server) for server in self.servers)
        return roles.count("master") == PRIMARIES and follower == PRIMARIES and all(map(_is_ok, self.servers))

    def _assign_slots(self) -> None:
        for number, server in enumerate(self.servers[:PRIMARIES]):
            first, end = number * SLOTS // PRIMARIES, (number + 1) * SLOTS // PRIMARIES
            _ask(server, "CLUSTER", "ADDSLOTSRANGE", first, end - 1)
            _ask(server, "CLUSTER", "SET-CONFIG-EPOCH", number + 1)

    def _introduce(self) -> None:
        first = self.servers[0]
        for server, bus_port in zip(self.servers[1:], self._bus_ports[1:], strict=True):
            _ask(first, "CLUSTER", "MEET", HOST, server.port, bus_port)

    def _knows_all(self, server: ValkeyServer) -> bool:
        return _info(server, "CLUSTER", "INFO").get("cluster_known_nodes") == str(len(self.servers))

    def _replicates(self, primary: ValkeyServer, replica: ValkeyServer) -> bool:
        if _follows(replica, primary.port):
            return True
        _ask(replica, "CLUSTER", "REPLICATE", _ask(primary, "CLUSTER", "MYID").decode())
        return False

    def _keep_copy(self, server: ValkeyServer) -> None:
        kept = self._folder / f"dead-primary-{len(self.dead_primaries) + 1}"
        shutil.copytree(server.folder / "appendonlydir", kept / "appendonlydir")
        self.dead_primaries.append(kept)

    def _wait(self, what: str, holds: Callable[[], bool]) -> None:
        ends_at = time.monotonic() + SETTLE_WAIT_S
        while not _holds(holds):
            if time.monotonic() > ends_at:
                raise NotSettled(f"waited for: {what}")
            time.sleep(LOOK_EVERY_S)


def _holds(holds: Callable[[], bool]) -> bool:
    """Nodes that are down or not yet in the cluster answer with errors, which count as False."""
    try:
        return holds()
    except (ValkeyError, OSError):
        return False


def _ask(server: ValkeyServer, *command: object) -> Any:
    """The server's raw answer: the library's clients convert some answers, differently in each release."""
    make: Any = Connection  # the library types none of it
    connection = make(HOST, server.port, socket_timeout=ANSWER_WAIT_S)
    try:
        connection.connect()
        connection.send_command(*command)
        return connection.read_response()
    finally:
        connection.disconnect()


def _info(server: ValkeyServer, *command: str) -> dict[str, str]:
    text: str = _ask(server, *command).decode()
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def _role(server: ValkeyServer) -> str:
    return _info(server, "INFO", "replication").get("role", "") if server.is_running else ""


def _follows(server: ValkeyServer, port: int) -> bool:
    info = _info(server, "INFO", "replication") if server.is_running else {}
    return info.get("role") == "slave" and info.get("master_port") == str(port)


def _follows_closely(server: ValkeyServer) -> bool:
    info = _info(server, "INFO", "replication") if server.is_running else {}
    return info.get("role") == "slave" and info.get("master_link_status") == "up"


def _is_ok(server: ValkeyServer) -> bool:
    info = _info(server, "CLUSTER", "INFO")
    return info.get("cluster_state") == "ok" and info.get("cluster_slots_ok") == str(SLOTS)
