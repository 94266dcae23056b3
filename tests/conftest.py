"""What every test shares: asyncio is the one event loop of the server, so it is the one of its tests."""

import os
from collections.abc import Iterator

import pytest

from chaos.valkey.server import PASSING, ValkeyServer
from tests.needs import needs

os.environ["LOBBY_RATE_LIMITS"] = "off"
"""Tests ask faster than players; those about rates set them."""


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def valkey_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """A server that keeps nothing over a restart; one for all tests."""
    needs("valkey")
    server = ValkeyServer(tmp_path_factory.mktemp("valkey"), PASSING)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def valkey(valkey_of_all: ValkeyServer) -> ValkeyServer:
    """With nothing in it."""
    valkey_of_all.forget()
    return valkey_of_all
