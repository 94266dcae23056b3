from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.http.graphql_app import EXPIRES_AT, Running, running
from tests.http.graphql_client import LEGACY, SocketClient, acknowledged_client, socket_client

WHO = "{ who refusal }"
ANN = {"who": "Ann", "refusal": None}
STRANGER = {"who": "a stranger", "refusal": None}


@pytest.fixture
def server() -> Iterator[Running]:
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
    ],
)
async def test_the_token_of_the_payload_counts(server: Running, payload: object) -> None:
    async with acknowledged_client(server.url, payload) as client:
        assert await who(client) == ANN


async def test_the_token_of_the_handshake_counts(server: Running) -> None:
    headers = {"authorization": "Bearer ann"}
    async with socket_client(server.url, additional_headers=headers) as client:
        await client.init()
        assert await who(client) == ANN


@pytest.mark.parametrize("payload", [{"authorization": ""}, {"Authorization": "Bearer "}])
async def test_a_blank_in_the_payload_leaves_it_to_the_handshake(server: Running, payload: object) -> None:
    headers = {"authorization": "Bearer ann"}
    async with socket_client(server.url, additional_headers=headers) as client:
        await client.init(payload)
        assert await who(client) == ANN


async def test_the_payload_has_precedence_over_the_handshake(server: Running) -> None:
    headers = {"authorization": "Bearer forged"}
    async with socket_client(server.url, additional_headers=headers) as client:
        await client.init({"authorization": "Bearer ann"})
        assert await who(client) == ANN


@pytest.mark.parametrize("payload", [None, {}, {"authorization": ""}, {"authorization": "Bearer "}, {"token": "ann"}])
async def test_no_token_is_a_stranger(server: Running, payload: object) -> None:
    async with acknowledged_client(server.url, payload) as client:
        assert await who(client) == STRANGER


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"authorization": "Bearer forged"}, "The token is not one of ours."),
        ({"Authorization": "Basic YTpi"}, "The token is not one of ours."),
        ({"authorization": ["Bearer ann"]}, "authorization must be a string."),
        ({"Authorization": 7}, "Authorization must be a string."),
    ],
)
async def test_a_bad_token_is_closed_with_4403(server: Running, payload: object, reason: str) -> None:
    async with socket_client(server.url) as client:
        await client.say({"type": "connection_init", "payload": payload})
        assert (4403, reason) == await client.closing()


async def test_a_bad_token_in_the_handshake_is_closed_with_4403(server: Running) -> None:
    headers = {"authorization": "Bearer forged"}
    async with socket_client(server.url, additional_headers=headers) as client:
        await client.say({"type": "connection_init"})
        assert (await client.closing())[0] == 4403


async def test_a_subscribe_behind_a_refused_init_never_runs(server: Running) -> None:
    async with socket_client(server.url) as client:
        await client.say({"type": "connection_init", "payload": {"authorization": "forged"}})
        await client.ask("mutation { bump }")
        assert (await client.closing())[0] == 4403
    async with acknowledged_client(server.url) as other:
        assert await other.answer("mutation { bump }") == {"data": {"bump": 1}}


@pytest.mark.parametrize("subprotocol", [None, LEGACY])
async def test_a_token_that_expires_ends_new_operations_but_no_running_stream(
    server: Running, subprotocol: str | None
) -> None:
    offered = [subprotocol] if subprotocol else []
    async with socket_client(server.url, *offered) as client:
        await client.say({"type": "connection_init", "payload": {"authorization": "Bearer ann"}})
        await client.hear_many(2 if subprotocol else 1)
        await client.ask("subscription { endless }", "stream")
        await client.hear()

        server.clock.now_ms = EXPIRES_AT - 1
        assert await who_while_streaming(client) == ANN
        server.clock.now_ms = EXPIRES_AT
        refusal = "The access token has expired: connect anew with a fresh one."
        assert await who_while_streaming(client) == {"who": "a stranger", "refusal": refusal}
        while (await client.hear())["id"] != "stream":
            pass


async def who_while_streaming(client: SocketClient) -> Any:
    await client.ask(WHO, "who")
    while (frame := await client.hear())["id"] != "who" or "payload" not in frame:
        pass
    return frame["payload"]["data"]
