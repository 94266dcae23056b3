"""A player of an external issuer on every transport, with a token whose key is not known yet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import count

import pytest

from lobby.auth.external_issuers import MARK
from tests.graphql_ws_client import LEGACY, TRANSPORT, Frame, socket_client
from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS, Player
from tests.lobby.auth.external.fake_issuer import FakeIssuer, new_key
from tests.served.lobby import lobby
from tests.waiting import POLL_S
from tests.web.event_client import events
from tests.web.rest_client import SIGN_IN, Rest, connected, good
from tests.web.updates_client import updates
from tools.demo.address import Address
from tools.demo.http_client import http_client

SKEW_S = 0.2
ME = "{ me { id displayName } }"
_kids = count(1)


@pytest.fixture(scope="module")
def server(published: FakeIssuer) -> Iterator[str]:
    issuers = [published.settings(refresh_min_s=0.001, clock_skew_s=SKEW_S)]
    with lobby(issuers=issuers, guests=False, grace_waiting_s=30) as address, connected(address.base):
        yield address.base


def fresh_token(published: FakeIssuer, sub: str = "ada-1") -> str:
    """A token signed by a key that is not known yet."""
    kid = f"fresh-{next(_kids)}"
    published.keys[kid] = new_key()
    return published.token(kid=kid, sub=sub)


@pytest.fixture
def token(published: FakeIssuer) -> str:
    return fresh_token(published)


def test_graphql_over_http(server: str, token: str) -> None:
    me = Rest(server, token).graphql(ME)["me"]
    assert (me["displayName"], me["id"].startswith(MARK), len(me["id"])) == ("Ada", True, 36)


def test_a_request_on_the_fast_path_waits_for_the_keys(server: str, published: FakeIssuer) -> None:
    """The same bytes are sent twice, so that they take the fast path; the issuer publishes the key in between."""
    hidden, published.status = fresh_token(published), 503
    me = Rest(server, hidden)
    refused = [me.post("/graphql", {"query": DOCUMENTS["Me"]}).json() for _ in range(3)]
    published.status = 200
    assert all(answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED" for answer in refused)
    assert me.post("/graphql", {"query": DOCUMENTS["Me"]}).json()["data"]["me"]["displayName"] == "Ada"


def test_over_http_a_forged_token_makes_a_stranger(server: str, published: FakeIssuer) -> None:
    forged = published.token(kid="k1", key=new_key())
    answer = Rest(server, forged).post("/graphql", {"query": ME}).json()
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("subprotocol", [TRANSPORT, LEGACY])
async def test_a_socket_authenticates_by_its_init_message(server: str, token: str, subprotocol: str) -> None:
    async with socket_client(server, subprotocol) as client:
        # Sent in one go: what comes behind the init must wait until it is known who speaks.
        await client.send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
        await client.ask(ME)
        frames = [await client.receive()]
        while frames[-1]["type"] not in ("next", "data"):
            frames.append(await client.receive())
    assert frames[0]["type"] == "connection_ack"
    assert frames[-1]["payload"]["data"]["me"]["displayName"] == "Ada"


async def test_a_socket_authenticates_by_its_handshake(server: str, token: str) -> None:
    async with socket_client(server, additional_headers={"Authorization": f"Bearer {token}"}) as client:
        await client.init()
        assert (await client.answer(ME))["data"]["me"]["displayName"] == "Ada"


async def test_a_forged_token_opens_no_socket(server: str, published: FakeIssuer) -> None:
    async with socket_client(server) as client:
        await client.send({"type": "connection_init", "payload": {"authorization": published.token(key=new_key())}})
        assert (await client.close_frame())[0] == 4403


async def test_server_sent_events(server: str, published: FakeIssuer) -> None:
    party = Rest(server, fresh_token(published, sub="sse")).makes()
    query = "subscription ($id: ID!) { partyEvents(partyId: $id) { __typename } }"
    headers = {"Authorization": f"Bearer {fresh_token(published, sub='sse')}"}
    async with events(server, query, headers, id=party["party_id"]) as client:
        event = await client.receive()
        assert event is not None
        assert event.result["data"]["partyEvents"]["__typename"] == "PartySnapshot"


def test_rest(server: str, published: FakeIssuer) -> None:
    party = good(Rest(server, fresh_token(published, sub="rest")).post("/party"))
    assert party["party"]["players"][0].startswith(MARK)


async def test_updates(server: str, published: FakeIssuer) -> None:
    party = good(Rest(server, fresh_token(published, sub="updates")).post("/party"))
    async with updates(server, party_id=party["party_id"], token=fresh_token(published, sub="updates")) as client:
        assert (await client.receive())["type"] == "PartySnapshot"


def test_a_lobby_without_guests_rejects_guests(server: str) -> None:
    asked = SIGN_IN.replace("{ ... on Cred", "{ ... on Rejection { code } ... on Cred")
    outcome = Rest(server).graphql(asked, name="Eve")
    assert outcome["signInAsGuest"]["code"] == "INVALID_CREDENTIALS"


async def test_players_of_an_issuer_play_together(server: str, published: FakeIssuer) -> None:
    address = Address(server)
    async with http_client(address, DOCUMENTS) as http:
        players = []
        for name in ("Ada", "Bram"):
            token = published.token(sub=f"playing-{name}", name=name)
            me = await http.as_player(token).run("Me")
            players.append(Player(me["id"], name, token, http.as_player(token), address))
        party = await party_of(*players)
        assert [member["player"]["displayName"] for member in party["members"]] == ["Ada", "Bram"]
        async with players[1].watching(partyId=party["id"]) as watch:
            kicked = await players[0].does("KickMember", partyId=party["id"], playerId=players[1].id)
            await watch.until_seq(kicked["seq"])


async def test_an_expired_token_allows_nothing_new_on_an_open_socket(server: str, published: FakeIssuer) -> None:
    kid = next(iter(published.keys))
    token = published.token(kid=kid, sub="expiring", exp=time.time() + 1)
    party = good(Rest(server, token).post("/party"))
    query = f'subscription {{ partyEvents(partyId: "{party["party_id"]}") {{ __typename }} }}'
    async with socket_client(server) as client:
        await client.init({"authorization": f"Bearer {token}"})
        await client.ask(query, "stream")
        assert (await client.receive())["id"] == "stream"
        frame: Frame = {}
        for number in count():
            await client.ask(ME, f"me {number}")
            frame = await client.receive()
            if "errors" in frame.get("payload", {}):
                break
            await asyncio.sleep(POLL_S)
        assert frame["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        while (beat := await client.receive()).get("id") != "stream":
            pass
        assert beat["payload"]["data"]["partyEvents"]["__typename"] == "Heartbeat", "what runs goes on"
