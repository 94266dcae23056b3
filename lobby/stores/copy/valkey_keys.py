"""All keys of some kind, on however many servers. For copying alone: nothing that serves players asks for keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from valkey.asyncio import Valkey, ValkeyCluster
from valkey.exceptions import ValkeyError

from lobby.ports import Unavailable
from lobby.stores.valkey.address import Address
from lobby.stores.valkey.partitions import Partitions

COUNT = 1_000
"""Keys that a server looks at in one call."""


async def ids_of(url: str, kind: str) -> list[str]:
    """What follows `kind` in the keys of all partitions; each once. Raises `Unavailable`."""
    try:
        return list({key.partition(f":{kind}:")[2]: None async for key in _keys(url, f"lobby:{{*}}:{kind}:*")})
    except (ValkeyError, OSError) as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from error


async def partitions_and_ids_of(url: str, kind: str, partitions: Partitions) -> list[tuple[int, str]]:
    """For names that don't tell their partition. Raises `Unavailable`."""
    numbers = {name: number for number, name in enumerate(partitions.names)}
    try:
        parts = [key.partition(f":{kind}:") async for key in _keys(url, f"lobby:{{*}}:{kind}:*")]
    except (ValkeyError, OSError) as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from error
    return [(numbers[name], id) for name, _, id in dict.fromkeys(parts)]


async def has_any(url: str) -> bool:
    """Raises `Unavailable`."""
    try:
        return await anext(_keys(url, "lobby:{*}:*"), None) is not None
    except (ValkeyError, OSError) as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from error


async def _keys(url: str, pattern: str) -> AsyncIterator[str]:
    address = Address.read(url)
    host, port = address.hosts[0]
    options: dict[str, Any] = {"username": address.username, "password": address.password, "ssl": address.tls}
    if not address.is_cluster:
        options["db"] = address.db
    client: Any = (ValkeyCluster if address.is_cluster else Valkey)(host=host, port=port, **options)
    try:
        async for key in client.scan_iter(match=pattern, count=COUNT):
            yield key.decode()
    finally:
        await client.aclose()
