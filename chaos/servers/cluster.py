"""The servers of a run, over one store."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from chaos.ports import HOST, free_ports
from chaos.servers.node import Node
from chaos.servers.settings import SERVER_SETTINGS

ROOT = Path(__file__).parents[2]
SECRET_BYTES = 32
SERVER = (sys.executable, str(ROOT / "server.py"))


class Cluster:
    """Any of the nodes answers for all; with SQLite there can be one only."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes

    @classmethod
    def of(
        cls,
        stores: Sequence[str],
        folder: Path,
        command: Sequence[str] = SERVER,
        settings: Mapping[str, str] = SERVER_SETTINGS,
    ) -> Cluster:
        """A server for each of the URLs, which lead to one store; each writes its log into `folder`."""
        shared = dict(settings)
        over_network = not all(store.startswith("sqlite:") for store in stores)
        if over_network:
            shared["LOBBY_SECRET"] = secrets.token_hex(SECRET_BYTES)  # with a file, it is beside the file
        made = [
            Node(
                f"server-{number}",
                port,
                command,
                {**shared, "LOBBY_STORE": store},
                folder / f"server-{number}.log",
                supervised=over_network,
            )
            for number, (store, port) in enumerate(zip(stores, free_ports(len(stores)), strict=True), 1)
        ]
        return cls(made)

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Of all nodes, also of those that are down just now."""
        return [(HOST, node.port) for node in self.nodes]

    async def start(self) -> None:
        """Returns when all serve."""
        for node in self.nodes:
            await node.start()
        for node in self.nodes:
            await node.up()

    async def kill(self) -> None:
        """Whatever still runs."""
        for node in self.nodes:
            await node.kill()
