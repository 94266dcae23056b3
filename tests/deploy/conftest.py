"""Three nodes over one Valkey, behind each of the proxies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from chaos.servers.cluster import Cluster
from chaos.valkey.server import PASSING, ValkeyServer
from lobby.demo.address import Address
from lobby.demo.http_client import HttpClient, http_client
from tests.deploy.proxies import proxy
from tests.journey.players import DOCUMENTS
from tests.needs import needs

NODES = 3


@dataclass(frozen=True, slots=True)
class Front:
    """`address` is the proxy's, the only one that players know."""

    address: Address
    nodes: Cluster


@pytest.fixture(scope="module")
async def nodes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    needs("valkey")
    folder = tmp_path_factory.mktemp("nodes")
    valkey = ValkeyServer(folder / "valkey", PASSING)
    valkey.start()
    cluster = Cluster.of([valkey.url] * NODES, folder, settings={"LOBBY_RATE_LIMITS": "off"})
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.kill()
        valkey.kill()


@pytest.fixture(scope="module", params=["nginx", "haproxy"])
async def front(
    request: pytest.FixtureRequest, nodes: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Front]:
    name: str = request.param
    async with proxy(name, nodes.addresses, tmp_path_factory.mktemp(name)) as base:
        yield Front(Address(base), nodes)


@pytest.fixture
async def http(front: Front) -> AsyncIterator[HttpClient]:
    async with http_client(front.address, DOCUMENTS) as client:
        yield client
