"""A lobby for tests of the console: thousands of parties in its store, and keys of an operator and a moderator."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lobby.auth.api_keys import hash_key, new_key
from lobby.domain.bounds import Bounds
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.values import Visibility
from lobby.ports import Retention
from lobby.runtime.clock import SystemClock
from lobby.stores import open_store
from tests.lobby.stores.changes import create
from tests.serving import served
from tests.web.rest_client import connected
from web.app import create_app
from web.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class OperatedLobby:
    url: str
    operator: str
    moderator: str


@contextmanager
def operated_lobby(folder: Path, parties: int) -> Iterator[OperatedLobby]:
    """A whole server with so many parties in its file, every second of them private, and no player in any of them."""
    store = f"sqlite:///{folder}/lobby.db"
    asyncio.run(_fill(store, parties))
    operator, moderator = new_key("operator"), new_key("moderator")
    settings = Settings(
        store=store,
        rate_limits=True,
        secret="the secret of the lobby of these tests",
        operator_keys=[hash_key(operator)],
        moderator_keys=[f"mia={hash_key(moderator)}"],
        mutations_per_player_burst=1_000,
        grace_waiting_s=3_600,  # parties without a player close after it
    )
    app = create_app(settings)
    with served(app, drain=app.drain) as url, connected(url):
        yield OperatedLobby(url, operator, moderator)


async def _fill(url: str, parties: int) -> None:
    store = await open_store(url, Bounds(), Retention(), SystemClock())
    now = round(time.time() * 1000)
    try:
        for first in range(0, parties, 500):
            numbers = range(first, min(first + 500, parties))
            await asyncio.gather(*(create(store, None, f"seed-{n}", f"S{n:05}", _settings(n), at=now) for n in numbers))
    finally:
        await store.close()


def _settings(number: int) -> SettingsPatch:
    visibility = Visibility.PRIVATE if number % 2 else Visibility.PUBLIC
    return SettingsPatch(name=f"Delvers {number}", visibility=visibility)
