"""The benchmark's setup on a Valkey of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from valkey import Connection, Valkey

from lobby.ports import Retention
from lobby.stores.copy import copy_store, create_source, create_target
from tools.bench.contenders import Contender
from tools.bench.machine import on_server_core
from tools.bench.serving import cpu_s_of
from tools.bench.setup import Setup
from tools.chaos.valkey.server import ValkeyServer


@dataclass(frozen=True, slots=True)
class OverValkey(Setup):
    """A setup whose parties are in the Valkey, copied from those of another setup."""

    valkey: ValkeyServer
    bytes_per_party: float
    """Memory of the Valkey for each party, right after the copy."""

    def environment(self, contender: Contender, folder: Path, port: int) -> dict[str, str]:
        return {**Setup.environment(self, contender, folder, port), "LOBBY_STORE": self.valkey.url}

    def memory_bytes(self) -> int:
        return _memory_bytes(self.valkey)

    def cpu_s(self) -> float:
        """CPU time of the Valkey so far."""
        return cpu_s_of(self.valkey.pid)


@contextmanager
def over_valkey(setup: Setup, folder: Path, settings: Mapping[str, str]) -> Iterator[OverValkey]:
    """A Valkey with these settings on the server core, filled with the parties of `setup`."""
    valkey = ValkeyServer(folder, settings)
    with on_server_core():
        valkey.start()
    try:
        before = _memory_bytes(valkey)
        copied = asyncio.run(_copy(f"sqlite:///{setup.folder / 'lobby.db'}", valkey.url))
        grown_by = _memory_bytes(valkey) - before
        _delete_presence(valkey)
        yield OverValkey(setup.folder, setup.world, valkey, grown_by / copied)
    finally:
        valkey.kill()


async def _copy(source_url: str, target_url: str) -> int:
    """Copy all parties. Returns their number."""
    source, target = create_source(source_url), create_target(target_url, Retention())
    try:
        await source.open()
        await target.open()
        return (await copy_store(source, target, lambda what, copied: None)).parties
    finally:
        await target.close()
        await source.close()


def _delete_presence(valkey: ValkeyServer) -> None:
    """Delete the presence of all players. Otherwise nodes would handle them as disconnected in the middle of the load."""
    client: Any = Valkey(*valkey.address)
    for kind in ("hold", "held", "nodes", "places"):
        for key in client.scan_iter(match=f"lobby:*:{kind}*", count=1_000):
            client.delete(key)
    client.close()


def _memory_bytes(valkey: ValkeyServer) -> int:
    lines = _call(valkey, "INFO", "memory").decode().splitlines()
    return int(next(line for line in lines if line.startswith("used_memory:")).partition(":")[2])


def _call(valkey: ValkeyServer, *command: str) -> bytes:
    make: Any = Connection  # the library types none of it
    connection = make(*valkey.address)
    try:
        connection.connect()
        connection.send_command(*command)
        answer: bytes = connection.read_response()
        return answer
    finally:
        connection.disconnect()
