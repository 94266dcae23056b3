"""One server, and in it a party of each kind; who is in none of them is the same person everywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from lobby.auth.hashed_keys import hash_of, new_key
from tests.http.rest_client import Rest, guest, running
from tests.privacy.scenes import ENDPOINT, RELAY, Scene, closed, ended, entered, gathered, started

LONG_S = 600
"""Nobody loses a seat while the tests run."""
BIG = {"document_repeated_pairs_max": 100_000, "operation_fields_max": 100_000, "operation_price_max": 1_000_000}
"""What asks for all that there is, is larger than what clients ask for."""


@dataclass(frozen=True, slots=True)
class House:
    url: str
    everywhere: dict[str, Rest]

    @property
    def server(self) -> Rest:
        return self.everywhere["server"]

    def viewer(self, name: str, scene: Scene) -> Rest | None:
        return self.everywhere.get(name) or scene.viewers.get(name)


@pytest.fixture(scope="package")
def house() -> Iterator[House]:
    service, operator = new_key("service"), new_key("operator")
    graces = {f"grace_{state}_s": LONG_S for state in ("waiting", "starting", "in_progress")}
    keys = {"service_keys": [hash_of(service)], "operator_keys": [hash_of(operator)]}
    with running(rate_limits=False, **keys, **graces, **BIG) as url:
        everywhere = {"stranger": Rest(url), "operator": Rest(url, operator), "server": Rest(url, service)}
        yield House(url, {**everywhere, "outsider": guest(url)})


@pytest.fixture(scope="package")
async def scenes(house: House) -> AsyncIterator[dict[str, Scene]]:
    """By the name that the table gives to their kind; the last two are there for what only such parties have to show."""

    async def run(visibility: str = "PUBLIC", endpoint: str = ENDPOINT) -> Scene:
        return await entered(await gathered(house.url, visibility), house.server, endpoint)

    made = {
        "public": await run(),
        "private": await run("PRIVATE", RELAY),
        "closed": await closed(await ended(await run())),
        "closed private": await closed(await ended(await run("PRIVATE"))),
        "ended": await ended(await run()),
        "starting": await started(await gathered(house.url, countdown_s=30)),
    }
    async with AsyncExitStack() as staying:
        kinds = ("public", "ended", "starting")
        streams = [await staying.enter_async_context(made[kind].stays()) for kind in kinds]  # one let go of would end
        for stream in streams:
            await stream.hear()
        yield made
