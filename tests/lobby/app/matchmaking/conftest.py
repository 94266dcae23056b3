"""A lobby with searches, in memory and on a disk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lobby.app.matchmaking.search_service import SearchService
from tests.lobby.app.matchmaking.searches import Searches
from tests.lobby.app.world import world


@pytest.fixture(params=["memory", "sqlite"])
async def searches(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Searches]:
    is_on_disk = request.param == "sqlite"
    async with world(file=tmp_path / "lobby.db" if is_on_disk else None) as lobby:
        service = SearchService(lobby.handler)
        yield Searches(lobby, service, races=200 if is_on_disk else 1000)
        await service.close()
