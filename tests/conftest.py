"""What every test shares: asyncio is the one event loop of the server, so it is the one of its tests."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
