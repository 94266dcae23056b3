"""A lobby server for tests that act as its clients, and four guests of it. For `conftest.py` to take in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.journey.players import DOCUMENTS, Player, guest
from tests.serving import served
from tests.stores_of_servers import fresh_store
from tools.demo.address import Address
from tools.demo.http_client import HttpClient, http_client
from web.app import create_app
from web.settings.settings import Settings


@pytest.fixture(scope="session")
def address() -> Iterator[Address]:
    """The whole server, on its memory store."""
    app = create_app(Settings(store=fresh_store()))
    with served(app, drain=app.drain) as url:
        yield Address(url)


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


@pytest.fixture
async def dov(http: HttpClient, address: Address) -> Player:
    return await guest(http, address)
