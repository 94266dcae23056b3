"""Three nodes over one Valkey, behind each of the proxies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from tests.deploy.proxies import proxy
from tests.fork_server import start_forked_server
from tests.journey.players import DOCUMENTS
from tests.needs import needs
from tools.chaos.servers.cluster import Cluster
from tools.chaos.valkey.server import PASSING, ValkeyServer
from tools.demo.address import Address
from tools.demo.http_client import HttpClient, http_client

NODES = 3


@dataclass(frozen=True, slots=True)
class Front:
    """Players know the `address` of the proxy only."""

    address: Address
    nodes: Cluster
    valkey: ValkeyServer


@pytest.fixture(scope="module")
def nodes_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    needs("valkey")
    valkey = ValkeyServer(tmp_path_factory.mktemp("valkey"), PASSING)
    valkey.start()
    yield valkey
    valkey.kill()


@pytest.fixture(scope="module")
async def nodes(nodes_valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    folder = tmp_path_factory.mktemp("nodes")
    stores, settings = [nodes_valkey.url] * NODES, {"LOBBY_RATE_LIMITS": "off"}
    cluster = Cluster.create(stores, folder, settings=settings, start_process=start_forked_server)
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.kill()


@pytest.fixture(scope="module", params=["nginx", "haproxy"])
async def front(
    request: pytest.FixtureRequest,
    nodes: Cluster,
    nodes_valkey: ValkeyServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Front]:
    name: str = request.param
    async with proxy(name, nodes.addresses, tmp_path_factory.mktemp(name)) as running:
        yield Front(Address(running.base), nodes, nodes_valkey)


@pytest.fixture
async def http(front: Front) -> AsyncIterator[HttpClient]:
    async with http_client(front.address, DOCUMENTS) as client:
        yield client
