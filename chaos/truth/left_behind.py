"""What was lost when replicas took over: what the primaries had on their disks when they died, held against what there is now.

Valkey replicates after it has answered: an entry that a replica did not have yet when its primary died was acknowledged, and is
gone. It is on the disk of the dead, which is opened here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from valkey import Valkey, ValkeyCluster

from chaos.valkey.server import DURABLE, ValkeyServer
from lobby.stores.valkey.address import Address

LOG, ONCE = ":log:", ":once:"
SCANNED = 1_000

Entry = tuple[str, bytes]
"""The number of an entry, and the commit that made it."""


@dataclass(slots=True)
class LeftBehind:
    """`entries` of `party_ids` that only a dead primary had, and `records` of idempotency keys."""

    entries: int = 0
    records: int = 0
    party_ids: set[str] = field(default_factory=set)
    """Those whose log, or whose record, it was."""


async def left_behind(folders: Sequence[Path], url: str) -> LeftBehind:
    """`url`: of the cluster that went on."""
    return await asyncio.to_thread(_compared, folders, url) if folders else LeftBehind()


def _compared(folders: Sequence[Path], url: str) -> LeftBehind:
    found = LeftBehind()
    host, port = Address.read(url).hosts[0]
    living: Any = ValkeyCluster(host=host, port=port)
    lost: set[tuple[str, Entry]] = set()
    try:
        for folder in folders:
            server = ValkeyServer(folder, DURABLE)
            server.start()
            try:
                lost |= _only_of(Valkey(*server.address), living, found)
            finally:
                server.kill()
    finally:
        living.close()
    found.entries = len(lost)
    found.party_ids |= {key.partition(LOG)[2] for key, _ in lost}
    return found


def _only_of(dead: Any, living: Any, found: LeftBehind) -> set[tuple[str, Entry]]:
    lost: set[tuple[str, Entry]] = set()
    for key in _keys(dead, LOG):
        there = set(_entries(living, key))
        lost |= {(key, entry) for entry in _entries(dead, key) if entry not in there}
    for key in _keys(dead, ONCE):
        if not living.exists(key):
            found.records += 1
            found.party_ids.add(msgspec.json.decode(dead.get(key))["p"])
    return lost


def _keys(client: Any, kind: str) -> list[str]:
    return [key.decode() for key in client.scan_iter(match=f"lobby:*{kind}*", count=SCANNED)]


def _entries(client: Any, key: str) -> list[Entry]:
    return [(id.decode(), fields[b"c"]) for id, fields in client.xrange(key)]
