"""A cluster of three primaries with a replica each, in which a primary can die and its replica take over."""

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

from chaos.ports import HOST, free_ports
from chaos.valkey.server import DURABLE, ValkeyServer

PRIMARIES = 3
SLOTS = 16_384
NODE_TIMEOUT_MS = 1_000
"""After which a node that does not answer counts as failing; three primaries have to agree, then its replica is voted for."""
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
    """The cluster does not come to where it should."""


class ValkeyCluster:
    """Six processes; `folder` takes their data, and a copy of what each primary had when it died. Methods block."""

    def __init__(self, folder: Path) -> None:
        ports = free_ports(4 * PRIMARIES)
        self._bus_ports = ports[2 * PRIMARIES :]
        self.servers = [
            ValkeyServer(folder / f"node-{number}", {**DURABLE, **_SETTINGS, "cluster-port": str(bus_port)}, port)
            for number, (port, bus_port) in enumerate(zip(ports, self._bus_ports, strict=False))
        ]
        self.left_behind: list[Path] = []
        """Folders with what a primary had on its disk when it died."""
        self._folder = folder

    @property
    def addresses(self) -> list[tuple[str, int]]:
        return [server.address for server in self.servers]

    def start(self) -> None:
        """Returns when every slot is served and every replica follows."""
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

    def forget(self) -> None:
        """Everything that the primaries have been told."""
        for server in self.servers:
            if _role(server) == "master":
                server.forget()

    def fail_over(self, chance: Random, down_s: float, behind_s: float = 0.0) -> None:
        """One of the primaries dies; its replica takes over; it comes back as a replica, after `down_s` more.

        `behind_s`: the replica hears nothing of the last so many seconds, as when the way between the two is cut first. Being
        frozen is not enough for that: it would find everything in its socket.
        """
        dying = chance.choice([server for server in self.servers if _role(server) == "master"])
        heir = next(server for server in self.servers if _follows(server, dying.port))
        if behind_s:
            heir.freeze()
            _ask(dying, "CLIENT", "KILL", "TYPE", "replica")
            time.sleep(behind_s)
        dying.kill()
        heir.thaw()
        self._keep_copy(dying)
        self._wait("a replica has taken over", lambda: _role(heir) == "master")
        time.sleep(down_s)
        dying.start()
        self._wait("the cluster is whole again", self.is_whole)

    def is_whole(self) -> bool:
        """Three primaries that serve everything, three replicas that follow closely."""
        roles = [_role(server) for server in self.servers]
        following = sum(_follows_closely(server) for server in self.servers)
        return roles.count("master") == PRIMARIES and following == PRIMARIES and all(map(_is_ok, self.servers))

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
        kept = self._folder / f"left-behind-{len(self.left_behind) + 1}"
        shutil.copytree(server.folder / "appendonlydir", kept / "appendonlydir")
        self.left_behind.append(kept)

    def _wait(self, what: str, holds: Callable[[], bool]) -> None:
        ends_at = time.monotonic() + SETTLE_WAIT_S
        while not _holds(holds):
            if time.monotonic() > ends_at:
                raise NotSettled(f"waited for: {what}")
            time.sleep(LOOK_EVERY_S)


def _holds(holds: Callable[[], bool]) -> bool:
    """Nodes that are down, or not yet part of anything, answer with errors."""
    try:
        return holds()
    except (ValkeyError, OSError):
        return False


def _ask(server: ValkeyServer, *command: object) -> Any:
    """As the server says it: the library's clients read some answers into values of their own, differing by release."""
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
    told = _info(server, "INFO", "replication") if server.is_running else {}
    return told.get("role") == "slave" and told.get("master_port") == str(port)


def _follows_closely(server: ValkeyServer) -> bool:
    told = _info(server, "INFO", "replication") if server.is_running else {}
    return told.get("role") == "slave" and told.get("master_link_status") == "up"


def _is_ok(server: ValkeyServer) -> bool:
    told = _info(server, "CLUSTER", "INFO")
    return told.get("cluster_state") == "ok" and told.get("cluster_slots_ok") == str(SLOTS)
