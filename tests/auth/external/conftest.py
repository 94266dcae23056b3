"""An issuer with new keys for each test, and a lobby that lets its players in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.auth.desk import Desk, opened
from tests.auth.external.issuing import Publisher, publishing
from tests.auth.external.reading import Reading, reading


@pytest.fixture(scope="session")
def published() -> Iterator[Publisher]:
    with publishing() as publisher:
        yield publisher


@pytest.fixture
def publisher(published: Publisher) -> Publisher:
    published.begin_anew()
    return published


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with opened() as desk:
        yield desk


@pytest.fixture
async def lobby(publisher: Publisher, desk: Desk) -> AsyncIterator[Reading]:
    """It has looked once, and may look again at any time."""
    async with reading(desk, publisher.settings(refresh_min_s=0.001)) as lobby:
        yield lobby
