"""Fixtures: each test that has a store runs with every kind of store."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from lobby.ports import Store
from lobby.stores.valkey.partitions import CLUSTER_PARTITIONS
from tests.lobby.stores.home import Home, ValkeyHome
from tests.lobby.stores.write_blocker import WriteBlocker
from tests.manual_clock import ManualClock
from tests.stores_of_servers import IS_VALKEY
from tools.chaos.valkey.cluster import ValkeyCluster
from tools.chaos.valkey.server import ValkeyServer

PENDING_COMMIT_ENGINES = ("memory", "sqlite")
"""Stores in which commits can be pending. Tests that use `write_blocker` run with these."""
ENGINES = (*PENDING_COMMIT_ENGINES, "valkey", "valkey of 16 partitions", *(["valkey cluster"] if IS_VALKEY else []))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "home" in metafunc.fixturenames:
        engines = PENDING_COMMIT_ENGINES if "write_blocker" in metafunc.fixturenames else ENGINES
        metafunc.parametrize("home", engines, indirect=True)


@pytest.fixture
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    if request.param == "memory":
        return Home("memory://")
    if request.param == "sqlite":
        return Home(f"sqlite:///{tmp_path}/data/lobby.db")
    if request.param == "valkey cluster":
        cluster: ValkeyCluster = request.getfixturevalue("cluster_of_all")
        cluster.flush()
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
def write_blocker(home: Home) -> WriteBlocker:
    return home.write_blocker


@pytest.fixture
async def store(home: Home) -> AsyncIterator[Store]:
    store = await home.open()
    yield store
    home.write_blocker.release()
    await store.close()
