"""A lobby for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.lobby.app.world import World
from tests.lobby.app.world import world as made


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with made() as world:
        yield world
