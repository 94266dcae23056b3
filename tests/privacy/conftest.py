"""One server with a party of each kind. Viewers who are in no party are the same for all parties."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from lobby.auth.api_keys import hash_key, new_key
from tests.privacy.scenes import (
    ENDPOINT,
    RELAY,
    Scene,
    closed,
    create_party_scene,
    ended,
    entered,
    hosted,
    migrating,
    started,
)
from tests.web.rest_client import Rest, guest, running

LONG_S = 600
"""Longer than the tests run: no member loses the seat, no kicked player may return, and no session is abandoned."""
PARTLY_READ = ("ended", "hosted", "migrating", "starting")
"""The kinds of parties that are read only in the ways that are enough to see their fields."""
BIG = {
    "document_repeated_pairs_max": 100_000,
    "document_tokens_max": 10_000,
    "operation_fields_max": 100_000,
    "operation_cost_max": 1_000_000,
}
"""Limits for operations that select every field; those of clients are smaller."""


@dataclass(frozen=True, slots=True)
class Deployment:
    url: str
    shared_viewers: dict[str, Rest]

    @property
    def server(self) -> Rest:
        return self.shared_viewers["server"]

    moderator: Rest
    """Acts, and is no viewer of the tables: a moderator sees what an operator sees."""

    def viewer(self, name: str, scene: Scene) -> Rest | None:
        return self.shared_viewers.get(name) or scene.viewers.get(name)


@pytest.fixture(scope="package")
def deployment() -> Iterator[Deployment]:
    service, operator, moderator = new_key("service"), new_key("operator"), new_key("moderator")
    waits = {f"grace_{state}_s": LONG_S for state in ("waiting", "starting", "in_progress")}
    waits |= {"kick_cooldown_s": LONG_S, "host_report_s": LONG_S, "game_server_silence_s": LONG_S}
    keys: dict[str, Any] = {"service_keys": [hash_key(service)], "operator_keys": [hash_key(operator)]}
    keys["moderator_keys"] = [f"mia={hash_key(moderator)}"]
    keys["join_url"] = "https://lobby.example/j/{code}"
    with running(rate_limits=False, **keys, **waits, **BIG) as url:
        shared_viewers = {"stranger": Rest(url), "operator": Rest(url, operator), "server": Rest(url, service)}
        yield Deployment(url, {**shared_viewers, "outsider": guest(url)}, Rest(url, moderator))


@pytest.fixture(scope="package")
async def scenes(deployment: Deployment) -> AsyncIterator[dict[str, Scene]]:
    """By the name of their kind in the tables. Those of `PARTLY_READ` exist because only such parties have some of the fields."""

    async def run(visibility: str = "PUBLIC", endpoint: str = ENDPOINT) -> Scene:
        return await entered(await create_party_scene(deployment.url, visibility), deployment.server, endpoint)

    made = {
        "public": await run(),
        "private": await run("PRIVATE", RELAY),
        "closed": await closed(await ended(await run())),
        "closed private": await closed(await ended(await run("PRIVATE"))),
        "ended": await ended(await run()),
        "hosted": await hosted(await create_party_scene(deployment.url), ENDPOINT),
        "migrating": await migrating(await create_party_scene(deployment.url)),
        "starting": await started(await create_party_scene(deployment.url, countdown_s=30)),
    }
    async with AsyncExitStack() as staying:
        kinds = ("public", *PARTLY_READ)
        streams = [
            await staying.enter_async_context(made[kind].stays()) for kind in kinds
        ]  # a stream that is not held would end
        for stream in streams:
            await stream.receive()
        yield made
