"""The socket of `/updates` under clients that are strangers, slow, late or wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio.to_thread
import pytest
from websockets.exceptions import InvalidStatus

from lobby.http.callers import Callers
from lobby.http.connections import Connections
from lobby.http.front import Front
from lobby.http.sockets.limits import SocketLimits
from lobby.http.updates.endpoint import Updates
from lobby.settings import Settings
from server import create_app
from tests.http.raw_socket import RawSocket
from tests.http.rest_client import Answer, Rest, connected, guest, running
from tests.http.updates_client import following, updates
from tests.serving import served
from tests.stores_of_servers import fresh_store


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(allowed_origins=["https://game.example"], frame_bytes_max=2_000) as url:
        yield url


async def test_a_page_elsewhere_is_not_let_in(url: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with updates(url, {"Origin": "https://elsewhere.example"}):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", ["https://game.example", "the server's own"])
async def test_pages_of_the_allowed_origins_are_let_in(url: str, origin: str) -> None:
    headers = {"Origin": url if origin == "the server's own" else origin}
    async with updates(url, headers, party_id="nowhere") as client:
        assert (await client.hear())["code"] == "UNAUTHENTICATED"


async def test_the_path_is_as_good_with_a_slash_behind_it(url: str) -> None:
    ann = guest(url)
    party = ann.makes()
    async with updates(url, path="/updates/", party_id=party["party_id"], token=ann.token) as client:
        assert (await client.hear())["type"] == "PartySnapshot"


async def test_a_message_that_is_too_big_closes_the_socket(url: str) -> None:
    async with updates(url, token=guest(url).token) as client:
        await client.say("x" * 2_001)
        assert (await client.closing())[0] == 1009


@contextmanager
def with_limits(limits: SocketLimits, connections: Connections | None = None) -> Iterator[str]:
    """The whole server, with an endpoint of these limits."""
    app = create_app(Settings(store=fresh_store()))
    house = app.state.house
    callers = Callers(house.caller, house.context)
    endpoint = Updates(callers, limits, lambda origin, host: True, connections or house.connections)
    assert isinstance(app, Front)
    app.serve("websocket", "/updates", endpoint)
    with served(app, drain=house.drain) as url, connected(url):
        yield url


async def test_who_does_not_say_who_it_is_in_time_is_closed() -> None:
    with with_limits(SocketLimits(init_wait_s=0.2)) as url:
        async with updates(url) as client:
            told = await client.hear()
            assert (told["type"], told["code"]) == ("closing", 4408)
            assert (await client.closing())[0] == 4408


async def test_who_has_signed_in_may_take_its_time() -> None:
    with with_limits(SocketLimits(init_wait_s=0.2)) as url:
        ann = guest(url)
        party = ann.makes()
        async with updates(url, token=ann.token) as client:
            await anyio.sleep(0.4)  # for longer than strangers have
            await client.subscribe(party_id=party["party_id"])
            assert (await client.hear())["type"] == "PartySnapshot"


async def test_the_subscriptions_of_a_socket_are_counted() -> None:
    with with_limits(SocketLimits(operations_max=2)) as url:
        players = [guest(url) for _ in range(3)]
        parties = [player.makes() for player in players]
        async with updates(url) as client:
            for player, party in zip(players, parties, strict=True):
                await client.subscribe(party_id=party["party_id"], token=player.token)
            heard = await client.hear_many(3)
            refused = next(frame for frame in heard if frame["type"] == "error")
            assert (refused["code"], refused["party_id"]) == ("LIMIT_EXCEEDED", parties[2]["party_id"])
            await client.say({"type": "unsubscribe", "party_id": parties[0]["party_id"]})
            await client.subscribe(party_id=parties[2]["party_id"])
            assert await client.hear_types(2) == ["unsubscribed", "PartySnapshot"]


def say_until(player: Rest, party: Answer, holds: Callable[[], bool]) -> None:
    """Long messages, again and again."""
    say = "mutation ($input: PostMessageInput!) { postMessage(input: $input) { __typename } }"
    for number in range(10_000):
        player.graphql(say, input={"partyId": party["party_id"], "text": f"{number} " + "x" * 480})
        if holds():
            return
    raise AssertionError("it never came to hold")


async def test_a_client_that_stops_reading_is_dropped_and_holds_up_nobody() -> None:
    connections = Connections()
    with with_limits(SocketLimits(stalled_send_s=0.3), connections) as url:
        ann, bob = guest(url), guest(url, "Bob")
        party = bob.joins(ann.makes())
        path = f"/updates?party_id={party['party_id']}&token={bob.token}"
        async with following(ann, party) as ann_hears:
            with RawSocket(url, None, path):
                await anyio.to_thread.run_sync(say_until, ann, party, lambda: connections.open_count == 1)
            while (frame := await ann_hears.hear())["type"] != "MemberConnectionChanged":
                pass
            assert frame["member"]["connection"] == "disconnected"
