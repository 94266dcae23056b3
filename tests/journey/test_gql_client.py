"""Python's own GraphQL client, gql, on both of its transports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS, Player
from tools.demo.address import Address


def request(operation: str, **variables: Any) -> GraphQLRequest:
    return GraphQLRequest(DOCUMENTS[operation], variable_values=variables, operation_name=operation)


@pytest.fixture
async def over_http(bram: Player, address: Address) -> AsyncIterator[AsyncClientSession]:
    transport = HTTPXAsyncTransport(address.http, headers={"Authorization": f"Bearer {bram.token}"})
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        yield session


@pytest.fixture
async def over_socket(bram: Player, address: Address) -> AsyncIterator[AsyncClientSession]:
    payload = {"authorization": f"Bearer {bram.token}"}
    async with Client(transport=WebsocketsTransport(address.socket, init_payload=payload)) as session:
        yield session


async def test_gql_reads_the_schema_and_acts_over_http(
    over_http: AsyncClientSession, ada: Player, bram: Player
) -> None:
    party = await party_of(ada)
    joined = await over_http.execute(request("JoinById", input={"partyId": party["id"]}))
    mine = await over_http.execute(request("MyParty"))
    assert mine["myParty"] == joined["joinParty"]["party"]
    assert mine["myParty"]["members"][1]["player"]["id"] == bram.id


async def test_gql_acts_and_watches_over_one_socket(over_socket: AsyncClientSession, ada: Player) -> None:
    party = await party_of(ada)
    joined = (await over_socket.execute(request("JoinByCode", input={"joinCode": party["joinCode"]})))["joinParty"]
    watch = request("WatchParty", partyId=party["id"], after=joined["party"]["cursor"])
    said = ["Is anybody there?", "A dragon."]
    heard = []
    for text in said:
        await ada.does("PostMessage", partyId=party["id"], text=text)
    async for result in over_socket.subscribe(watch):
        heard.append(result["partyEvents"]["text"])
        if heard == said:
            await ada.does("DisbandParty", partyId=party["id"])
            break
    assert heard == said
