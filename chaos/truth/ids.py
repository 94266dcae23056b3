"""Which parties a store has. No port tells: a party that no player ever met would be a mutation done twice."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

from valkey.asyncio import Valkey, ValkeyCluster

from lobby.stores.valkey import is_valkey
from lobby.stores.valkey.address import Address

SQLITE = "sqlite:///"
PARTY = ":party:"
"""What stands before the id in a key of Valkey."""


async def ids_kept(url: str) -> list[str]:
    """None are known of other stores than these two."""
    if url.startswith(SQLITE):
        return _in_file(Path(url.removeprefix(SQLITE)))
    if is_valkey(url):
        return [key.partition(PARTY)[2] async for key in keys(url, f"lobby:*{PARTY}*")]
    return []


async def keys(url: str, pattern: str) -> AsyncIterator[str]:
    address = Address.read(url)
    host, port = address.hosts[0]
    client: Any = (ValkeyCluster if address.is_cluster else Valkey)(host=host, port=port)
    try:
        async for key in client.scan_iter(match=pattern, count=1_000):
            yield key.decode()
    finally:
        await client.aclose()


def _in_file(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
        return [party_id for (party_id,) in file.execute("SELECT id FROM parties")]
