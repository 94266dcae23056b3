"""One server in place of Discord for all tests, which is reset before each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from lobby.auth.discord import DiscordSignIn
from tests.lobby.auth.discord.fake_discord import FakeDiscord, discord_serving


@pytest.fixture(scope="session")
def discord_of_all() -> Iterator[FakeDiscord]:
    with discord_serving() as discord:
        yield discord


@pytest.fixture
def discord(discord_of_all: FakeDiscord) -> FakeDiscord:
    discord_of_all.begin_anew()
    return discord_of_all


@pytest.fixture
async def sign_in(discord: FakeDiscord) -> AsyncIterator[DiscordSignIn]:
    sign_in = DiscordSignIn(discord.settings())
    yield sign_in
    await sign_in.close()
