"""A token that expires while a socket is open: what runs goes on, what is new needs a new token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS, Player, guest, watching
from tests.served.lobby import error_code, lobby
from tests.waiting import wait_until
from tools.demo.address import Address
from tools.demo.answers import NoAnswer
from tools.demo.http_client import HttpClient, http_client
from tools.demo.socket_client import SocketClient

TOKEN_S = 2
"""Tokens expire on whole seconds, so after one to two of them."""


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with lobby(access_token_min=TOKEN_S / 60, grace_waiting_s=30) as address:
        yield address


@pytest.fixture
async def http(address: Address) -> AsyncIterator[HttpClient]:
    async with http_client(address, DOCUMENTS) as client:
        yield client


async def expires(client: HttpClient | SocketClient) -> None:
    """Waits until the client's token has expired."""

    async def has_expired() -> bool:
        try:
            return await error_code(client.run("Me")) == "UNAUTHENTICATED"
        except AssertionError:
            return False

    await wait_until(has_expired)


async def test_the_stream_goes_on_and_new_operations_need_a_new_token(http: HttpClient, address: Address) -> None:
    ada, bram = await guest(http, address), await guest(http, address)
    party_id = (await party_of(ada, bram))["id"]
    async with bram.connected() as socket, watching(socket, "WatchParty", {"partyId": party_id}) as watch:
        await watch.until_type("PartySnapshot")
        await expires(socket)
        async with watching(socket, "WatchParty", {"partyId": party_id}) as refused:
            assert await error_code(refused.until_end()) == "UNAUTHENTICATED"
        fresh = await guest(http, address)
        joined = await fresh.does("JoinById", partyId=party_id)
        assert (await watch.until_seq(joined["seq"]))["__typename"] == "MemberJoined"
        seats = watch.events[-1]["party"]["members"]
        assert [seat["connection"] for seat in seats if seat["player"]["id"] == bram.id] == ["CONNECTED"]


async def test_a_fresh_token_on_a_new_connection_takes_over(http: HttpClient, address: Address) -> None:
    ada = await guest(http, address)
    party_id = (await party_of(ada))["id"]
    async with ada.watching(partyId=party_id) as watch:
        last = await watch.until_type("PartySnapshot")
    await expires(ada.client)
    signed_in = await http.run("SignInAsGuest", {"input": {"displayName": "Ada"}})
    refreshed = await http.run("RefreshCredentials", {"refreshToken": signed_in["credentials"]["refreshToken"]})
    token = refreshed["credentials"]["accessToken"]
    other = Player(refreshed["credentials"]["player"]["id"], "Ada", token, http.as_player(token), address)
    joined = await other.does("JoinById", partyId=party_id)
    async with other.watching(partyId=party_id, after=joined["party"]["cursor"]) as resumed:
        said = await other.does("PostMessage", partyId=party_id, text="here again")
        assert (await resumed.until_seq(said["seq"]))["cursor"] != last["cursor"]


async def test_an_expired_token_opens_no_socket(http: HttpClient, address: Address) -> None:
    ada = await guest(http, address)
    await expires(ada.client)
    with pytest.raises(NoAnswer):
        async with asyncio.timeout(10), ada.connected():
            pass
