"""Every test that asks for a store is run with each engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chaos.valkey.server import ValkeyServer
from lobby.ports import Store
from tests.stores.clock import ManualClock
from tests.stores.gate import SteeredGate
from tests.stores.home import Home, ValkeyHome

ON_THEIR_WAY = ("memory", "sqlite")
"""Engines with commits that are the newest, and not yet durable: tests with a gate are about those."""
ENGINES = (*ON_THEIR_WAY, "valkey", "valkey of 16 partitions")


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
    server: ValkeyServer = request.getfixturevalue("valkey")
    return ValkeyHome(server.url, partitions=16 if "16" in request.param else 1)


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
