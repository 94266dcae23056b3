"""Sockets of `/updates` with clients that are not allowed, slow, late or wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import anyio.to_thread
import pytest
from websockets.exceptions import InvalidStatus

from tests.serving import served
from tests.stores_of_servers import fresh_store
from tests.waiting import WAIT_S
from tests.web.raw_socket import RawSocket
from tests.web.rest_client import Answer, Rest, connected, guest, running
from tests.web.updates_client import following, updates
from web.app import create_app
from web.connections.open_connections import Connections
from web.settings.settings import Settings


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(allowed_origins=["https://game.example"], frame_bytes_max=2_000) as url:
        yield url


async def test_a_page_of_a_foreign_origin_is_refused(url: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with updates(url, {"Origin": "https://elsewhere.example"}):
            pass
    assert refused.value.response.status_code == 403
    assert b"LOBBY_ALLOWED_ORIGINS" in refused.value.response.body


@pytest.mark.parametrize("origin", ["https://game.example", "the server's own"])
async def test_pages_of_the_allowed_origins_may_connect(url: str, origin: str) -> None:
    headers = {"Origin": url if origin == "the server's own" else origin}
    async with updates(url, headers, party_id="nowhere") as client:
        assert (await client.receive())["code"] == "UNAUTHENTICATED"


async def test_the_path_may_end_with_a_slash(url: str) -> None:
    ann = guest(url)
    party = ann.makes()
    async with updates(url, path="/updates/", party_id=party["party_id"], token=ann.token) as client:
        assert (await client.receive())["type"] == "PartySnapshot"


async def test_a_message_that_is_too_big_closes_the_socket(url: str) -> None:
    async with updates(url, token=guest(url).token) as client:
        await client.send("x" * 2_001)
        assert (await client.close_frame())[0] == 1009


@contextmanager
def opened(**settings: Any) -> Iterator[tuple[str, Connections]]:
    """The whole server with these settings: its URL, and its open connections."""
    app = create_app(Settings(store=fresh_store(), **settings))
    with served(app, drain=app.drain) as url, connected(url):
        assert app.container is not None
        yield url, app.container.connections


async def test_a_client_that_does_not_identify_itself_in_time_is_closed() -> None:
    with running(init_wait_s=0.2) as url:
        async with updates(url) as client:
            told = await client.receive()
            assert (told["type"], told["code"]) == ("closing", 4408)
            assert (await client.close_frame())[0] == 4408


async def test_a_signed_in_client_may_subscribe_later() -> None:
    with running(init_wait_s=0.2) as url:
        ann = guest(url)
        party = ann.makes()
        async with updates(url, token=ann.token) as client:
            await anyio.sleep(0.4)  # longer than the time to identify oneself
            await client.subscribe(party_id=party["party_id"])
            assert (await client.receive())["type"] == "PartySnapshot"


async def test_a_socket_has_a_maximum_of_subscriptions() -> None:
    with running(operations_per_socket_max=2) as url:
        players = [guest(url) for _ in range(3)]
        parties = [player.makes() for player in players]
        async with updates(url) as client:
            for player, party in zip(players, parties, strict=True):
                await client.subscribe(party_id=party["party_id"], token=player.token)
            heard = await client.receive_many(3)
            refused = next(frame for frame in heard if frame["type"] == "error")
            assert (refused["code"], refused["party_id"]) == ("LIMIT_EXCEEDED", parties[2]["party_id"])
            await client.send({"type": "unsubscribe", "party_id": parties[0]["party_id"]})
            await client.subscribe(party_id=parties[2]["party_id"])
            assert await client.receive_types(2) == ["unsubscribed", "PartySnapshot"]


def say_until(player: Rest, party: Answer, holds: Callable[[], bool]) -> None:
    """Post long messages repeatedly."""
    say = "mutation ($input: PostMessageInput!) { postMessage(input: $input) { __typename } }"
    for number in range(10_000):
        player.graphql(say, input={"partyId": party["party_id"], "text": f"{number} " + "x" * 480})
        if holds():
            return
    raise AssertionError("it never came to hold")


async def test_a_slow_consumer_is_disconnected_and_delays_nobody() -> None:
    with opened(stalled_send_s=0.3) as (url, connections):
        ann, bob = guest(url), guest(url, "Bob")
        party = bob.joins(ann.makes())
        path = f"/updates?party_id={party['party_id']}&token={bob.token}"
        async with following(ann, party) as ann_hears:
            with RawSocket(url, None, path):
                await anyio.to_thread.run_sync(say_until, ann, party, lambda: connections.open_count == 1)
            with anyio.fail_after(WAIT_S):
                while not is_shown_disconnected(await ann_hears.receive(), "Bob"):
                    pass


def is_shown_disconnected(frame: Answer, name: str) -> bool:
    """By the event, or by the snapshot for a follower that itself fell behind."""
    if frame["type"] == "MemberConnectionChanged":
        members = [frame["member"]]
    else:
        members = frame["party"]["members"] if frame["type"] == "PartySnapshot" else []
    return any(member["display_name"] == name and member["connection"] == "disconnected" for member in members)
