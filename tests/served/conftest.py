"""One server with short times for all tests that need no other, and strangers and guests of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.journey.players import DOCUMENTS, Player, guest
from tests.served.lobby import lobby
from tools.demo.address import Address
from tools.demo.http_client import HttpClient, http_client


@pytest.fixture(scope="session")
def address() -> Iterator[Address]:
    with lobby() as address:
        yield address


@pytest.fixture
async def http(address: Address) -> AsyncIterator[HttpClient]:
    """A stranger over HTTP."""
    async with http_client(address, DOCUMENTS) as client:
        yield client


@pytest.fixture
async def ada(http: HttpClient, address: Address) -> Player:
    return await guest(http, address)


@pytest.fixture
async def bram(http: HttpClient, address: Address) -> Player:
    return await guest(http, address)


@pytest.fixture
async def cleo(http: HttpClient, address: Address) -> Player:
    return await guest(http, address)
