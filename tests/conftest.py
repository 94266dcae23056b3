"""What every test shares: asyncio is the one event loop of the server, so it is the one of its tests."""

import os

import pytest

os.environ["LOBBY_RATE_LIMITS"] = "off"
"""Tests ask faster than players; those about rates set them."""


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
