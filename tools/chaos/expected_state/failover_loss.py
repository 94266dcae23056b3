"""The entries and records that a Valkey cluster lost when replicas took over.

Valkey replicates after it has answered: an entry that a replica did not have yet when its primary died was acknowledged, and is
lost. It is still on the disk of the dead primary. The data of each dead primary is opened here and compared with the cluster.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from valkey import Valkey, ValkeyCluster

from lobby.stores.valkey.address import Address
from tools.chaos.valkey.server import DURABLE, ValkeyServer

LOG, ONCE = ":log:", ":once:"
"""Parts of Valkey keys: of a party's log, and of an idempotency record."""
SCAN_KEYS = 1_000

LogEntry = tuple[str, bytes, str | None]
"""The id of an entry in its stream, the id of the commit that wrote it, and the player who acted."""


@dataclass(slots=True)
class FailoverLoss:
    """The numbers of entries and of idempotency records that only a dead primary had."""

    entries: int = 0
    records: int = 0
    party_ids: set[str] = field(default_factory=set)
    """The parties that lost an entry or a record."""
    actor_ids: set[str] = field(default_factory=set)
    """The players whose entries are lost. One who moved has left one party, and the entry in the other party is lost."""


async def find_failover_loss(folders: Sequence[Path], url: str) -> FailoverLoss:
    """Compare the data folders of dead primaries with the cluster at `url`."""
    return await asyncio.to_thread(_compare, folders, url) if folders else FailoverLoss()


def _compare(folders: Sequence[Path], url: str) -> FailoverLoss:
    found = FailoverLoss()
    host, port = Address.read(url).hosts[0]
    cluster: Any = ValkeyCluster(host=host, port=port)
    lost: set[tuple[str, LogEntry]] = set()
    try:
        for folder in folders:
            server = ValkeyServer(folder, DURABLE)
            server.start()
            try:
                lost |= _missing_entries(Valkey(*server.address), cluster, found)
            finally:
                server.kill()
    finally:
        cluster.close()
    found.entries = len(lost)
    found.party_ids |= {key.partition(LOG)[2] for key, _ in lost}
    found.actor_ids |= {actor_id for _, (_, _, actor_id) in lost if actor_id is not None}
    return found


def _missing_entries(dead: Any, cluster: Any, found: FailoverLoss) -> set[tuple[str, LogEntry]]:
    """The entries that only the dead primary has. Adds its missing idempotency records to `found`."""
    lost: set[tuple[str, LogEntry]] = set()
    for key in _keys(dead, LOG):
        kept = set(_entries(cluster, key))
        lost |= {(key, entry) for entry in _entries(dead, key) if entry not in kept}
    for key in _keys(dead, ONCE):
        if not cluster.exists(key):
            found.records += 1
            found.party_ids.add(msgspec.json.decode(dead.get(key))["p"])
    return lost


def _keys(client: Any, kind: str) -> list[str]:
    return [key.decode() for key in client.scan_iter(match=f"lobby:*{kind}*", count=SCAN_KEYS)]


def _entries(client: Any, key: str) -> list[LogEntry]:
    rows = client.xrange(key)
    return [(id.decode(), fields[b"c"], msgspec.json.decode(fields[b"e"])[1]) for id, fields in rows]
