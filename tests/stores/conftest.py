"""Every test that asks for a store is run with each engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lobby.ports import Store
from tests.stores.clock import ManualClock
from tests.stores.gate import SteeredGate
from tests.stores.home import Home

ENGINES = ("memory", "sqlite")


@pytest.fixture(params=ENGINES)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    return Home("memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/data/lobby.db")


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
