"""From a URL to a store that has reached its servers."""

from __future__ import annotations

import logging
from secrets import token_hex

from lobby.domain.bounds import Bounds
from lobby.ports import Clock, Retention
from lobby.stores.valkey.address import Address
from lobby.stores.valkey.attendance import LEASE_S, NodeLeases
from lobby.stores.valkey.cluster import Cluster
from lobby.stores.valkey.link import Link, LinkLimits
from lobby.stores.valkey.partitions import CLUSTER_PARTITIONS, Partitions
from lobby.stores.valkey.plan import Planner
from lobby.stores.valkey.servers import Servers
from lobby.stores.valkey.single import Single
from lobby.stores.valkey.store import ValkeyStore

COPYING = "copying"
"""A key that is there while a store is being copied in, see lobby/stores/copy."""

log = logging.getLogger(__name__)


async def open_valkey(
    url: str,
    bounds: Bounds,
    retention: Retention,
    clock: Clock,
    *,
    place: str | None = None,
    lease_s: float = LEASE_S,
    limits: LinkLimits | None = None,
    partitions: int | None = None,
) -> ValkeyStore:
    """`place`: such as host and port of this node, see `NodeLeases`. `partitions`: for tests; else as many as fit.

    Raises:
        ValueError: a URL that is none.
        Unavailable: nothing answers.
    """
    address = Address.read(url)
    link = linked(address, limits, partitions)
    attendance = NodeLeases(link, clock, place or token_hex(8), lease_s)
    store = ValkeyStore(link, Planner(link.partitions, bounds, retention), clock, attendance)
    try:
        if await link.ask(0, "EXISTS", COPYING):
            raise ValueError(f"{address} has half a copy of a store: repeat the copying first")
        for line in await link.advice():
            log.warning("Valkey: %s", line)
        await store.read_list()
    except BaseException:
        await store.close()
        raise
    log.info("opened %s", address)
    return store


def linked(address: Address, limits: LinkLimits | None = None, partitions: int | None = None) -> Link:
    """The way to the servers, which nobody has gone yet."""
    limits = limits or LinkLimits()
    servers: Servers = Cluster(address, limits) if address.is_cluster else Single(address, limits)
    return Link(servers, Partitions(partitions or (CLUSTER_PARTITIONS if address.is_cluster else 1)), limits)
