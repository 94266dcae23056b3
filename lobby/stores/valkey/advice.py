"""What an operator should know of the servers' settings when a node starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lobby.stores.valkey.partitions import Partitions
from lobby.stores.valkey.servers import Servers

NO_EVICTION = "noeviction"


async def advice(servers: Servers, partitions: Partitions) -> list[str]:
    """One line for each setting that loses data; of one server, since those of a cluster are set alike."""
    told = await servers.ask(partitions.slots[0], ("INFO",))
    return list(_lines(told)) if isinstance(told, Mapping) else []


def _lines(told: Mapping[str, object]) -> Iterator[str]:
    policy = told.get("maxmemory_policy", NO_EVICTION)
    if told.get("maxmemory") and policy != NO_EVICTION:
        yield f"maxmemory-policy is {policy}: a full server drops parties without a word; set it to {NO_EVICTION}"
    if told.get("aof_enabled") == 0:
        yield "appendonly is off: what was answered since the last snapshot is lost when the server dies"
