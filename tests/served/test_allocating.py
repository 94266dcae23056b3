"""A lobby is killed while it asks for an endpoint, or before it reports an end: nothing is lost or allocated twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journey.dungeon import SECRET
from tests.journey.parties import party_of, running
from tests.journey.players import DOCUMENTS
from tests.lobby.allocators.receiver import Receiver, receiver
from tests.served.lobby import guests, history
from tests.served.process import server_process
from tests.served.test_restart import at
from tests.waiting import wait_until
from tools.demo.http_client import http_client

ENDPOINT = {"protocol": "udp", "address": "10.0.0.1", "port": 7777}


@pytest.fixture
def service() -> Iterator[Receiver]:
    with receiver() as told:
        yield told


def settings(service: Receiver) -> dict[str, Any]:
    return {"allocator": "webhook", "allocator_url": service.url, "allocator_secret": SECRET}


def types(service: Receiver) -> list[tuple[str, str]]:
    return [(sent.message["type"], sent.message["session_id"]) for sent in service.sent]


async def test_a_lobby_that_is_killed_while_it_asks_begins_the_session_when_it_is_back(
    tmp_path: Path, service: Receiver
) -> None:
    file = tmp_path / "lobby.db"
    service.delay_s = 2
    async with server_process(file, **settings(service)) as process, http_client(process.address, DOCUMENTS) as http:
        (ada,) = await guests(http, process.address, 1)
        party = await party_of(ada)
        session = (await ada.does("StartSession", partyId=party["id"]))["session"]

        async def is_asked() -> bool:
            return bool(service.sent)

        await wait_until(is_asked)
        await process.kill()
    service.delay_s = 0
    service.respond(200, {"endpoint": ENDPOINT})
    async with server_process(file, **settings(service)) as process, http_client(process.address, DOCUMENTS) as http:
        (ada,) = at(process, http, ada)
        assert (await running(ada, session["id"]))["endpoint"] == {**ENDPOINT, "relayCode": None}
        log = [entry["__typename"] for entry in await history(ada, party["id"])]
        assert log.count("SessionStarted") == 1
        assert types(service) == [("allocate", session["id"])] * 2
        assert len({sent.headers["webhook-id"] for sent in service.sent}) == 1


async def test_a_lobby_that_is_killed_before_it_told_of_an_end_tells_of_it_when_it_is_back(
    tmp_path: Path, service: Receiver
) -> None:
    file = tmp_path / "lobby.db"
    service.respond(200, {"endpoint": ENDPOINT})
    async with server_process(file, **settings(service)) as process, http_client(process.address, DOCUMENTS) as http:
        (ada,) = await guests(http, process.address, 1)
        party = await party_of(ada, visibility="PRIVATE")
        session = (await ada.does("StartSession", partyId=party["id"]))["session"]
        await running(ada, session["id"])
        service.respond(500)
        await ada.does("CompleteSession", sessionId=session["id"])
        await process.kill()
    service.respond(200)
    service.sent.clear()
    async with server_process(file, **settings(service)):

        async def is_told() -> bool:
            return bool(service.sent)

        await wait_until(is_told)
    assert types(service) == [("ended", session["id"])]
