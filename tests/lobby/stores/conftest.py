"""Every test that asks for a store is run with each engine."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chaos.valkey.cluster import ValkeyCluster
from chaos.valkey.server import ValkeyServer
from lobby.ports import Store
from lobby.stores.valkey.partitions import CLUSTER_PARTITIONS
from tests.stores.clock import ManualClock
from tests.stores.gate import SteeredGate
from tests.stores.home import Home, ValkeyHome
from tests.stores_of_servers import IS_VALKEY

ON_THEIR_WAY = ("memory", "sqlite")
"""Engines with commits that are the newest, and not yet durable: tests with a gate are about those."""
ENGINES = (*ON_THEIR_WAY, "valkey", "valkey of 16 partitions", *(["valkey cluster"] if IS_VALKEY else []))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "home" in metafunc.fixturenames:
        engines = ON_THEIR_WAY if "gate" in metafunc.fixturenames else ENGINES
        metafunc.parametrize("home", engines, indirect=True)


@pytest.fixture
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    if request.param == "memory":
        return Home("memory://")
    if request.param == "sqlite":
        return Home(f"sqlite:///{tmp_path}/data/lobby.db")
    if request.param == "valkey cluster":
        cluster: ValkeyCluster = request.getfixturevalue("cluster_of_all")
        cluster.forget()
        hosts = ",".join(f"{host}:{port}" for host, port in cluster.addresses)
        return ValkeyHome(f"valkey+cluster://{hosts}", partitions=CLUSTER_PARTITIONS)
    server: ValkeyServer = request.getfixturevalue("valkey")
    return ValkeyHome(server.url, partitions=16 if "16" in request.param else 1)


@pytest.fixture(scope="session")
def cluster_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyCluster]:
    cluster = ValkeyCluster(tmp_path_factory.mktemp("cluster"))
    cluster.start()
    yield cluster
    cluster.kill()


@pytest.fixture
def sqlite_home(tmp_path: Path) -> Home:
    return Home(f"sqlite:///{tmp_path}/data/lobby.db")


@pytest.fixture
def clock(home: Home) -> ManualClock:
    return home.clock


@pytest.fixture
def gate(home: Home) -> SteeredGate:
    return home.gate


@pytest.fixture
async def store(home: Home) -> AsyncIterator[Store]:
    store = await home.open()
    yield store
    home.gate.release()
    await store.close()
