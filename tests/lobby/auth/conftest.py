"""A desk for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.lobby.auth.auth_services import AuthServices, opened


@pytest.fixture
async def services() -> AsyncIterator[AuthServices]:
    async with opened() as services:
        yield services
