"""The requests and frames of two clients of .NET, byte for byte as they send them, and what they read of the answers.

NuGet's GraphQL.Client 6.1.0 (graphql-dotnet/graphql-client, tag v6.1.0) and StrawberryShake (ChilliCream/graphql-platform). The
comments name the source files of each, below `src/` and `src/StrawberryShake/Client/src/`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.graphql_ws_client import LEGACY, TRANSPORT, SocketClient, socket_client
from tests.served.lobby import lobby
from tests.web.graphql_app import RunningServer, running
from tools.client_bundle import FOLDER
from web.graphql.execution.client_documents import client_documents

# GraphQL.Client/GraphQLHttpRequest.cs, in the versions 5.0.0, 5.1.0 and 6.1.0.
HEADERS_BY_VERSION = {
    "5.0.0": {"Content-Type": "application/json; charset=utf-8"},
    "5.1.0": {
        "Accept": "application/graphql+json, application/json",
        "Accept-Charset": "utf-8",
        "Content-Type": "application/json; charset=utf-8",
    },
    "6.1.0": {
        "Accept": "application/graphql-response+json, application/json",
        "Accept-Charset": "utf-8",
        "Content-Type": "application/json",
    },
}
# GraphQL.Client/GraphQLHttpClientOptions.cs, DefaultIsValidResponseToDeserialize: other types, and other statuses than a success
# and 400, are an exception that has the body as text.
READABLE = ("application/graphql+json", "application/json", "application/graphql-response+json")


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


def request(query: str | None, **given: object) -> str:
    """GraphQL.Primitives/GraphQLRequest.cs: a dictionary that its constructor fills in this order, null for what is not given.

    System.Text.Json escapes quotation marks as characters.
    """
    fields = {"query": query, "variables": None, "operationName": None, "extensions": None, **given}
    return json.dumps(fields, separators=(",", ":")).replace('\\"', "\\u0022")


def post(url: str, body: str, version: str = "6.1.0") -> httpx.Response:
    with httpx.Client() as client:
        client.headers.clear()
        return client.post(f"{url}/graphql", content=body, headers=HEADERS_BY_VERSION[version])


@pytest.mark.parametrize("version", HEADERS_BY_VERSION)
def test_a_request_with_nulls_is_answered(server: RunningServer, version: str) -> None:
    response = post(server.url, request('{ echo(text: "<Brünhild>") }'), version)

    assert (response.status_code, response.json()) == (200, {"data": {"echo": "<Brünhild>"}})
    assert response.headers["content-type"].partition(";")[0] in READABLE


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [("{ typo }", 400, "GRAPHQL_VALIDATION_FAILED"), ("{ nullableNeedsPlayer }", 200, "UNAUTHENTICATED")],
)
def test_errors_have_a_status_that_the_client_reads(server: RunningServer, query: str, status: int, code: str) -> None:
    response = post(server.url, request(query))

    assert response.status_code == status
    assert response.headers["content-type"].partition(";")[0] in READABLE
    assert_errors(response.json()["errors"], code)


def assert_errors(errors: Any, code: str) -> None:
    """GraphQL.Primitives/GraphQLError.cs: a list of them, each with a message, and the types of all others fixed."""
    (error,) = errors
    assert isinstance(error["message"], str)
    assert error["extensions"]["code"] == code
    assert all(isinstance(step, str | int) for step in error.get("path", []))
    assert all(place.keys() == {"line", "column"} for place in error.get("locations", []))


def test_an_unknown_hash_has_the_message_after_which_the_client_sends_the_document() -> None:
    """GraphQL.Client/GraphQLHttpClient.cs compares the message. GraphQL.Primitives/Hash.cs writes upper-case hex on .NET 5."""
    known = client_documents(FOLDER)["ServerInfo"]
    with lobby() as address:
        answers = [post(address.base, request(None, extensions=persisted(text))).json() for text in ("{ me }", known)]
        again = post(address.base, request(known, extensions=persisted(known))).json()

    assert answers[0]["errors"][0]["message"] == "PersistedQueryNotFound"
    assert answers[1]["data"]["serverInfo"].keys() == again["data"]["serverInfo"].keys()


def persisted(text: str) -> dict[str, object]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text.encode()).hexdigest().upper()}}


# GraphQL.Client/Websocket/WebSocketProtocols.cs: both subprotocols are offered, in the order of their fields.
OFFERED = (TRANSPORT, LEGACY)
# GraphQL.Client/GraphQLHttpClientOptions.cs, ConfigureWebSocketConnectionInitPayload: without one the payload is null.
INIT = '{"type":"connection_init","payload":null}'


def operation_frame(kind: str, operation_id: str, query: str) -> str:
    return f'{{"id":"{operation_id}","type":"{kind}","payload":{request(query)}}}'


async def initialize(client: SocketClient) -> None:
    """GraphQL.Client/Websocket/GraphQLTransportWSProtocolHandler.cs waits for `connection_ack` before it sends anything else."""
    await client.send(INIT)
    assert await client.receive() == {"type": "connection_ack"}


async def test_the_newer_subprotocol_is_chosen_and_a_null_payload_acknowledged(server: RunningServer) -> None:
    async with socket_client(server.url, *OFFERED) as client:
        assert client.connection.subprotocol == TRANSPORT
        await initialize(client)


async def test_a_complete_after_that_of_the_server_is_ignored(server: RunningServer) -> None:
    """The end of a sequence disposes of it, and that sends `complete` (CreateSubscriptionObservable). The id is a GUID in the
    format N, without dashes."""
    operation_id = uuid4().hex
    async with socket_client(server.url, *OFFERED) as client:
        await initialize(client)
        await client.send(operation_frame("subscribe", operation_id, "subscription { count(to: 1) }"))
        assert await client.receive_many(2) == [
            {"id": operation_id, "type": "next", "payload": {"data": {"count": 1}}},
            {"id": operation_id, "type": "complete"},
        ]
        await client.send(
            f'{{"id":"{operation_id}","type":"complete"}}', f'{{"id":"{operation_id}","type":"complete"}}'
        )
        assert await client.answer("{ hello }") == {"data": {"hello": "world"}}


async def test_a_subscription_that_is_disposed_of_ends(server: RunningServer) -> None:
    operation_id = uuid4().hex
    async with socket_client(server.url, *OFFERED) as client:
        await initialize(client)
        await client.send(operation_frame("subscribe", operation_id, "subscription { idle }"))
        await client.receive()
        await client.send(f'{{"id":"{operation_id}","type":"complete"}}')
        assert [await server.probe.next_note() for _ in range(2)] == ["idle opened", "idle closed"]


async def test_an_error_frame_has_a_list_of_errors(server: RunningServer) -> None:
    """`DeserializeToWebsocketResponse<GraphQLError[]>` of GraphQLTransportWSProtocolHandler.cs throws for anything else."""
    operation_id = uuid4().hex
    async with socket_client(server.url, *OFFERED) as client:
        await initialize(client)
        await client.send(operation_frame("subscribe", operation_id, "subscription { typo }"))
        frame = await client.receive()

    assert (frame["id"], frame["type"]) == (operation_id, "error")
    assert_errors(frame["payload"], "GRAPHQL_VALIDATION_FAILED")


async def test_pings_and_pongs_may_have_a_null_payload(server: RunningServer) -> None:
    """SendPingAsync, and RespondWithPongAsync for a ping without a payload."""
    async with socket_client(server.url, *OFFERED) as client:
        await initialize(client)
        await client.send('{"type":"pong","payload":null}', '{"type":"ping","payload":null}')
        assert await client.receive() == {"type": "pong"}


async def test_the_complete_without_an_id_before_a_close_ends_in_a_close_frame(server: RunningServer) -> None:
    """SendCloseConnectionRequestAsync sends it, and the client then waits for the server's close frame of any code."""
    async with socket_client(server.url, *OFFERED) as client:
        await initialize(client)
        await client.send('{"type":"complete"}')
        assert (await client.close_frame())[0] == 4400


async def test_the_legacy_subprotocol_ends_with_terminate(server: RunningServer) -> None:
    """GraphQL.Client/Websocket/GraphQLWSProtocolHandler.cs, where WebSocketProtocol is set to `graphql-ws`."""
    operation_id = uuid4().hex
    async with socket_client(server.url, LEGACY) as client:
        await client.send(INIT)
        assert (await client.receive())["type"] == "connection_ack"
        await client.send(operation_frame("start", operation_id, "subscription { count(to: 1) }"))
        frames = [frame for frame in await client.receive_many(3) if frame["type"] != "ka"]
        assert frames[0] == {"id": operation_id, "type": "data", "payload": {"data": {"count": 1}}}
        await client.send(f'{{"id":"{operation_id}","type":"stop"}}', '{"type":"connection_terminate"}')
        assert (await client.close_frame())[0] == 1000


async def test_strawberry_shake_follows_over_the_legacy_subprotocol(server: RunningServer) -> None:
    """Transport.WebSockets/Protocols/GraphQLWebSocket: its only subprotocol. `type` comes first, the init has no payload without
    an interceptor, and SocketOperation.cs makes the id, a GUID with dashes. GraphQLWebSocketMessageParser.cs throws for any
    key of a frame but id, type and payload, and GraphQLWebSocketProtocol.cs for an error without a message."""
    ids = [str(uuid4()), str(uuid4())]
    queries = ["subscription Count { count(to: 1) }", "subscription Typo { typo }"]
    async with socket_client(server.url, LEGACY) as client:
        await client.send('{"type":"connection_init"}')
        for operation_id, query in zip(ids, queries, strict=True):
            # Core/Json/JsonOperationRequestSerializer.cs: it leaves out variables and extensions that are empty.
            payload = f'{{"query":"{query}","operationName":"{query.split()[1]}"}}'
            await client.send(f'{{"type":"start","id":"{operation_id}","payload":{payload}}}')
        frames = await client.receive_many(5)
        await client.send(f'{{"type":"stop","id":"{ids[0]}"}}', '{"type":"connection_terminate"}')
        assert (await client.close_frame())[0] == 1000

    assert all(frame.keys() <= {"id", "type", "payload"} for frame in frames)
    by_type = {frame["type"]: frame for frame in frames}
    assert by_type.keys() == {"connection_ack", "ka", "data", "complete", "error"}
    assert by_type["data"] == {"id": ids[0], "type": "data", "payload": {"data": {"count": 1}}}
    assert by_type["error"]["id"] == ids[1]
    assert by_type["error"]["payload"]["message"] == "Cannot query field 'typo' on type 'Subscription'."
