"""The benchmark's world on a Valkey of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from valkey import Connection, Valkey

from bench.contenders import Contender
from bench.cores import on_server_core
from bench.stage import Stage
from chaos.valkey.server import ValkeyServer
from lobby.ports import Retention
from lobby.stores.copy import copy_store
from lobby.stores.copy.choosing import source_of, target_of

_ALL_THREADS = 2
"""CPUCLOCK_SCHED, see bench/serving.py."""


@dataclass(frozen=True, slots=True)
class OverValkey(Stage):
    """The same parties as those of the stage that it was made from."""

    valkey: ValkeyServer
    bytes_per_party: float
    """Of the server's memory, right after they were copied in."""

    def environment(self, contender: Contender, served_from: Path, port: int) -> dict[str, str]:
        return {**Stage.environment(self, contender, served_from, port), "LOBBY_STORE": self.valkey.url}

    def memory(self) -> int:
        """Bytes."""
        return _memory(self.valkey)

    def cpu_s(self) -> float:
        """What all threads of the Valkey have used so far."""
        return time.clock_gettime(~self.valkey.pid << 3 | _ALL_THREADS)


@contextmanager
def over_valkey(stage: Stage, folder: Path, settings: Mapping[str, str]) -> Iterator[OverValkey]:
    """A Valkey with these settings, on the servers' core."""
    valkey = ValkeyServer(folder, settings)
    with on_server_core():
        valkey.start()
    try:
        before = _memory(valkey)
        copied = asyncio.run(_copy(f"sqlite:///{stage.folder / 'lobby.db'}", valkey.url))
        taken = _memory(valkey) - before
        _forget_who_is_there(valkey)
        yield OverValkey(stage.folder, stage.world, valkey, taken / copied)
    finally:
        valkey.kill()


async def _copy(source_url: str, target_url: str) -> int:
    """How many parties there are."""
    source, target = source_of(source_url), target_of(target_url, Retention())
    try:
        await source.open()
        await target.open()
        return (await copy_store(source, target, lambda what, copied: None)).parties
    finally:
        await target.close()
        await source.close()


def _forget_who_is_there(valkey: ValkeyServer) -> None:
    """Else nodes would look after all these players in the midst of the load, since whoever copied them is gone."""
    client: Any = Valkey(*valkey.address)
    for kind in ("hold", "held", "nodes", "places"):
        for key in client.scan_iter(match=f"lobby:*:{kind}*", count=1_000):
            client.delete(key)
    client.close()


def _memory(valkey: ValkeyServer) -> int:
    lines = _asked(valkey, "INFO", "memory").decode().splitlines()
    return int(next(line for line in lines if line.startswith("used_memory:")).partition(":")[2])


def _asked(valkey: ValkeyServer, *command: str) -> bytes:
    make: Any = Connection  # the library types none of it
    connection = make(*valkey.address)
    try:
        connection.connect()
        connection.send_command(*command)
        answer: bytes = connection.read_response()
        return answer
    finally:
        connection.disconnect()
