"""The inbox of a player over every transport: resumed by cursor after a kill, and a shutdown that says when to come back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.graphql_ws_client import acknowledged_client
from tests.inbox_clients import FOLLOW, TRANSPORTS, inbox_client
from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS, Player
from tests.served.lobby import guests
from tests.served.process import server_process
from tests.served.test_restart import at
from tests.web.updates_client import updates
from tools.demo.answers import Answer
from tools.demo.http_client import http_client


@dataclass(frozen=True, slots=True)
class Life:
    """The events before a kill, and the players at the next server on the same file."""

    ann: Player
    bob: Player
    party: Answer
    start: str
    """The cursor of Bob before all of it."""


@pytest.fixture(scope="module")
async def life(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Life]:
    file = tmp_path_factory.mktemp("inbox") / "data" / "lobby.db"
    async with server_process(file) as server, http_client(server.address, DOCUMENTS) as http:
        ann, bob = await guests(http, server.address, 2)
        async with inbox_client("sse", server.address.base, bob.token) as inbox:
            start = await inbox.receive()
        assert (start["__typename"], start["seq"], start["party"]) == ("InboxSnapshot", 0, None)
        party = await party_of(ann, bob)
        await ann.does("KickMember", partyId=party["id"], playerId=bob.id)
        await server.kill()
    async with server_process(file) as server, http_client(server.address, DOCUMENTS) as http:
        ann, bob = at(server, http, ann, bob)
        yield Life(ann, bob, party, start["cursor"])


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_inbox_resumes_after_a_kill(life: Life, transport: str) -> None:
    url, party_id = life.bob.address.base, life.party["id"]
    async with inbox_client(transport, url, life.bob.token, life.start) as inbox:
        came, left = await inbox.receive_many(2)
        assert (came["__typename"], came["seq"], came["party"]) == ("MembershipChanged", 1, {"id": party_id})
        assert (left["seq"], left["party"], left["leaveReason"]) == (2, None, "KICKED")
    async with inbox_client(transport, url, life.bob.token, came["cursor"]) as inbox:
        assert await inbox.receive() == left
        own = await party_of(life.bob)
        while (live := await inbox.receive())["party"] != {"id": own["id"]}:
            assert live["seq"] > left["seq"]
        await life.bob.does("LeaveParty", partyId=own["id"])
        gone = await inbox.receive()
        assert (gone["seq"], gone["party"], gone["leaveReason"]) == (live["seq"] + 1, None, "LEFT")


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("after", [None, "0-1.0", "feed-5.1", "nonsense"])
async def test_without_a_position_to_resume_from_a_snapshot_comes(
    life: Life, transport: str, after: str | None
) -> None:
    async with inbox_client(transport, life.ann.address.base, life.ann.token, after) as inbox:
        first = await inbox.receive()
    assert (first["__typename"], first["party"]) == ("InboxSnapshot", {"id": life.party["id"]})


async def test_strangers_have_no_inbox(life: Life) -> None:
    url = life.ann.address.base
    async with acknowledged_client(url) as client:
        await client.ask(FOLLOW)
        frame = await client.receive()
        assert frame["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    async with updates(url, inbox="") as client:
        error = await client.receive()
        assert (error["type"], error["code"], error["inbox"]) == ("error", "UNAUTHENTICATED", True)


async def test_a_shutdown_says_when_to_come_back_on_every_transport(tmp_path: Path) -> None:
    async with server_process(tmp_path / "lobby.db", heartbeat_s=0.2) as server, AsyncExitStack() as stack:
        async with http_client(server.address, DOCUMENTS) as http:
            (ann,) = await guests(http, server.address, 1)
        opened = [inbox_client(transport, server.address.base, ann.token) for transport in TRANSPORTS]
        inboxes = [await stack.enter_async_context(each) for each in opened]
        for inbox in inboxes:
            assert (await inbox.receive())["__typename"] == "InboxSnapshot"
            assert (await inbox.receive_heartbeat())["reconnectAfterMs"] is None
        server.terminate()
        for inbox in inboxes:
            while (await inbox.receive_heartbeat())["reconnectAfterMs"] is None:
                pass
        assert await server.exit_code() == 0
