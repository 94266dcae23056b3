"""A live lobby for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.live.house import House
from tests.live.house import house as opened


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with opened() as house:
        yield house
