from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.graphql_ws_client import LEGACY, SocketClient, acknowledged_client, socket_client
from tests.web.graphql_app import EXPIRES_AT, RunningServer, running

WHO = "{ who refusal }"
ANN = {"who": "Ann", "refusal": None}
FORM = 'Send credentials as {"Authorization": "Bearer <token>"}.'
STRANGER = {"who": "a stranger", "refusal": None}


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


async def who(client: SocketClient) -> Any:
    return (await client.answer(WHO))["data"]


@pytest.mark.parametrize(
    "payload",
    [
        {"Authorization": "Bearer ann"},
        {"authorization": "Bearer ann"},
        {"authorization": " Bearer ann "},
        {"authorization": "ann"},
        {"Authorization": None, "authorization": "Bearer ann"},
        {"authorization": "Bearer ann", "unknown": 1},
        {"AUTHORIZATION": "Bearer ann"},
        {"authToken": "ann"},
        {"token": "ann"},
        {"headers": {"Authorization": "Bearer ann"}},
        {"headers": {"authorization": "ann", "x-hasura-role": "player"}},
        {"x-auth-token": "old", "authToken": "ann"},
    ],
)
async def test_a_token_in_the_payload_signs_the_player_in(server: RunningServer, payload: object) -> None:
    async with acknowledged_client(server.url, payload) as client:
        assert await who(client) == ANN


async def test_a_token_in_the_handshake_signs_the_player_in(server: RunningServer) -> None:
    headers = {"authorization": "Bearer ann"}
    async with socket_client(server.url, additional_headers=headers) as client:
        await client.init()
        assert await who(client) == ANN


@pytest.mark.parametrize("payload", [{"authorization": ""}, {"Authorization": "Bearer "}])
async def test_with_a_blank_token_in_the_payload_the_handshake_counts(server: RunningServer, payload: object) -> None:
    headers = {"authorization": "Bearer ann"}
    async with socket_client(server.url, additional_headers=headers) as client:
        await client.init(payload)
        assert await who(client) == ANN


async def test_the_payload_has_precedence_over_the_handshake(server: RunningServer) -> None:
    headers = {"authorization": "Bearer forged"}
    async with socket_client(server.url, additional_headers=headers) as client:
        await client.init({"authorization": "Bearer ann"})
        assert await who(client) == ANN


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        {"authorization": ""},
        {"authorization": "Bearer "},
        {"token": ""},
        {"headers": {}},
        {"headers": {"Authorization": None}},
        {"accessToken": None},
        {"client": "unity"},
    ],
)
async def test_a_client_without_a_token_is_anonymous(server: RunningServer, payload: object) -> None:
    async with acknowledged_client(server.url, payload) as client:
        assert await who(client) == STRANGER


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"authorization": "Bearer forged"}, "The token is not one of ours."),
        ({"Authorization": "Basic YTpi"}, "The token is not one of ours."),
        ({"authorization": ["Bearer ann"]}, "authorization must be a string."),
        ({"Authorization": 7}, "Authorization must be a string."),
        ({"headers": {"Authorization": 7}}, "Authorization must be a string."),
        ({"headers": "Bearer ann"}, f"headers must be an object. {FORM}"),
        ({"accessToken": "ann"}, f"'accessToken' is not read. {FORM}"),
        ({"headers": {"X-Api-Key": "ann"}}, f"'X-Api-Key' is not read. {FORM}"),
    ],
)
async def test_an_invalid_token_is_closed_with_4403(server: RunningServer, payload: object, reason: str) -> None:
    async with socket_client(server.url) as client:
        await client.send({"type": "connection_init", "payload": payload})
        assert (4403, reason) == await client.close_frame()


async def test_an_invalid_token_in_the_handshake_is_closed_with_4403(server: RunningServer) -> None:
    headers = {"authorization": "Bearer forged"}
    async with socket_client(server.url, additional_headers=headers) as client:
        await client.send({"type": "connection_init"})
        assert (await client.close_frame())[0] == 4403


async def test_a_subscribe_behind_a_refused_init_never_runs(server: RunningServer) -> None:
    async with socket_client(server.url) as client:
        await client.send({"type": "connection_init", "payload": {"authorization": "forged"}})
        await client.ask("mutation { bump }")
        assert (await client.close_frame())[0] == 4403
    async with acknowledged_client(server.url) as other:
        assert await other.answer("mutation { bump }") == {"data": {"bump": 1}}


@pytest.mark.parametrize("subprotocol", [None, LEGACY])
async def test_an_expired_token_stops_new_operations_but_no_running_stream(
    server: RunningServer, subprotocol: str | None
) -> None:
    offered = [subprotocol] if subprotocol else []
    async with socket_client(server.url, *offered) as client:
        await client.send({"type": "connection_init", "payload": {"authorization": "Bearer ann"}})
        await client.receive_many(2 if subprotocol else 1)
        await client.ask("subscription { endless }", "stream")
        await client.receive()

        server.clock.at = EXPIRES_AT - 1
        assert await who_while_streaming(client) == ANN
        server.clock.at = EXPIRES_AT
        refusal = "The access token has expired: connect anew with a fresh one."
        assert await who_while_streaming(client) == {"who": "a stranger", "refusal": refusal}
        while (await client.receive())["id"] != "stream":
            pass


async def who_while_streaming(client: SocketClient) -> Any:
    await client.ask(WHO, "who")
    while (frame := await client.receive())["id"] != "who" or "payload" not in frame:
        pass
    return frame["payload"]["data"]
