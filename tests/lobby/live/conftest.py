"""A live lobby for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.lobby.live.live_lobby import LiveLobby, live_lobby


@pytest.fixture
async def lobby() -> AsyncIterator[LiveLobby]:
    async with live_lobby() as lobby:
        yield lobby
