"""Opens the store by its URL."""

from __future__ import annotations

import logging
from secrets import token_hex

from lobby.domain.bounds import Bounds
from lobby.ports import AdjustableClock, Retention
from lobby.stores.valkey.address import Address
from lobby.stores.valkey.client import CallLimits, Servers, SingleServer, ValkeyClient
from lobby.stores.valkey.cluster import Cluster
from lobby.stores.valkey.commit_planner import CommitPlanner
from lobby.stores.valkey.partitions import CLUSTER_PARTITIONS, Partitions
from lobby.stores.valkey.shared_presence_and_attempts import LEASE_S, NodeLeases
from lobby.stores.valkey.store import ValkeyStore

COPYING = "copying"
"""A key that exists while a store is being copied in, see lobby/stores/copy."""

NEWEST_TIME = "time"
"""The key of the newest time of any node, see lua/renew_lease.lua."""

FORMAT_KEY = "format"
"""The key of the format of the data. Stores of before it have format 1."""
FORMAT = 1
"""The format that this version writes. To be raised by a version whose data the version before would misread."""

log = logging.getLogger(__name__)


async def open_valkey(
    url: str,
    bounds: Bounds,
    retention: Retention,
    clock: AdjustableClock,
    *,
    node_name: str | None = None,
    lease_s: float = LEASE_S,
    limits: CallLimits | None = None,
    partitions: int | None = None,
    sends_events: bool = False,
) -> ValkeyStore:
    """Open the store and read the public list. `clock` follows the clock of the servers from now on.

    `node_name`: see `NodeLeases`. `partitions`: for tests; else one for a server, and `CLUSTER_PARTITIONS` for a cluster.
    `sends_events`: see `open_store`.

    Raises:
        ValueError: the URL is invalid, the store is only half copied, or a newer version has written it.
        Unavailable: no server answers.
    """
    address = Address.read(url)
    client = create_client(address, limits, partitions)
    cluster_presence = NodeLeases(client, clock, node_name or token_hex(8), lease_s)
    planner = CommitPlanner(client.partitions, bounds, retention, sends_events)
    store = ValkeyStore(client, planner, clock, cluster_presence)
    try:
        await client.read_time()
        clock.follow(client.server_time.now())
        clock.carry_on(int(await client.call(0, "GET", NEWEST_TIME) or 0))
        if await client.call(0, "EXISTS", COPYING):
            raise ValueError(f"{address} has half a copy of a store: repeat the copying first")
        await _check_format(client, address)
        for line in await client.config_warnings():
            log.warning("Valkey: %s", line)
        await store.load_list()
    except BaseException:
        await store.close()
        raise
    log.info("opened %s", address)
    return store


async def _check_format(client: ValkeyClient, address: Address) -> None:
    """Note the format of a store that has none yet. Raises `ValueError` for data of a newer version."""
    found = await client.call(0, "GET", FORMAT_KEY)
    if found is None:
        await client.call(0, "SET", FORMAT_KEY, FORMAT, "NX")
    elif int(found) > FORMAT:
        raise ValueError(
            f"LOBBY_STORE: {address} has data of format {int(found)}, this server knows formats up to {FORMAT}: "
            "run the newer server"
        )


def create_client(address: Address, limits: CallLimits | None = None, partitions: int | None = None) -> ValkeyClient:
    """A client that connects with its first call."""
    limits = limits or CallLimits()
    servers: Servers = Cluster(address, limits) if address.is_cluster else SingleServer(address, limits)
    return ValkeyClient(servers, Partitions(partitions or (CLUSTER_PARTITIONS if address.is_cluster else 1)), limits)
