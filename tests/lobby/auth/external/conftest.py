"""An publisher with new keys for each test, and a lobby that lets its players in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.lobby.auth.auth_services import AuthServices, opened
from tests.lobby.auth.external.fake_issuer import FakeIssuer, publishing
from tests.lobby.auth.external.token_reader import TokenReader, reading


@pytest.fixture(scope="session")
def published() -> Iterator[FakeIssuer]:
    with publishing() as publisher:
        yield publisher


@pytest.fixture
def publisher(published: FakeIssuer) -> FakeIssuer:
    published.begin_anew()
    return published


@pytest.fixture
async def services() -> AsyncIterator[AuthServices]:
    async with opened() as services:
        yield services


@pytest.fixture
async def lobby(publisher: FakeIssuer, services: AuthServices) -> AsyncIterator[TokenReader]:
    """It has looked once, and may look again at any time."""
    async with reading(services, publisher.settings(refresh_min_s=0.001)) as lobby:
        yield lobby
