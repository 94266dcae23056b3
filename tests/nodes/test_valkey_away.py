"""The whole server while its Valkey dies and comes back: it reports the outage, loses nothing, and needs no restart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS, guest
from tests.needs import needs
from tests.served.lobby import history, lobby
from tests.waiting import wait_until
from tools.chaos.valkey.server import DURABLE, ValkeyServer
from tools.demo.address import Address
from tools.demo.http_client import http_client

UNAVAILABLE_MAX_S = 6.0
"""The bound of a call is 2.5 s; a mutation that has nothing of the state in memory makes two. The machine may be busy."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyServer]:
    needs("valkey")
    server = ValkeyServer(tmp_path / "valkey", DURABLE)
    server.start()
    yield server
    server.kill()


async def is_ready(address: Address) -> bool:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{address.base}/readyz", timeout=10)).status_code == 200


async def test_without_valkey_mutations_are_unavailable_and_streams_go_on(server: ValkeyServer) -> None:
    settings = {"store": server.url, "secret": "the secret of the nodes in this test", "grace_waiting_s": 30}
    with lobby(**settings) as address:
        async with http_client(address, DOCUMENTS) as http:
            ann = await guest(http, address)
            party = await party_of(ann)
            async with ann.watching(partyId=party["id"]) as watch:
                first = await ann.does("PostMessage", partyId=party["id"], text="before")
                await watch.until_seq(first["seq"])
                assert await is_ready(address)
                server.kill()
                began_at = time.monotonic()
                refused = await ann.tries("PostMessage", partyId=party["id"], text="lost")
                assert time.monotonic() - began_at < UNAVAILABLE_MAX_S
                assert (refused["code"], refused["retryable"]) == ("UNAVAILABLE", True)
                assert not await is_ready(address)
                server.start()
                await wait_until(lambda: is_ready(address))
                after = await ann.does("PostMessage", partyId=party["id"], text="after")
                await watch.until_seq(after["seq"])
            said = [
                entry["text"] for entry in await history(ann, party["id"]) if entry["__typename"] == "MessagePosted"
            ]
            assert said == ["before", "after"]
