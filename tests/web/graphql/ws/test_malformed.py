"""A message of an unknown type or format closes the socket at once, with 4400."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.graphql_ws_client import acknowledged_client, socket_client
from tests.web.graphql_app import RunningServer, running

SUBSCRIBE: dict[str, Any] = {"id": "1", "type": "subscribe", "payload": {"query": "{ hello }"}}

_WRONG: dict[str, list[object]] = {
    "string": [None, 0, 1.5, True, [], {}],
    "optional string": [0, 1.5, True, [], {}],
    "object": [None, 0, 1.5, True, "text", []],
    "optional object": [0, 1.5, True, "text", "", []],
}

MALFORMED: list[object] = [
    *_WRONG["object"],
    {},
    {"type": ""},
    *({"type": wrong} for wrong in _WRONG["string"]),
    *({"type": kind} for kind in ("unknown", "connection_ack", "next", "error", "start", "stop", "PING")),
    *({"type": kind, "payload": wrong} for kind in ("ping", "pong") for wrong in _WRONG["optional object"]),
    *({"type": "complete", "id": wrong} for wrong in [*_WRONG["string"], "", "x" * 257]),
    {"type": "complete"},
    *({**SUBSCRIBE, "id": wrong} for wrong in [*_WRONG["string"], "", "x" * 257]),
    {"type": "subscribe", "payload": SUBSCRIBE["payload"]},
    {"type": "subscribe", "id": "1"},
    *({**SUBSCRIBE, "payload": wrong} for wrong in [*_WRONG["object"], [SUBSCRIBE["payload"]]]),
    *({**SUBSCRIBE, "payload": {"query": wrong}} for wrong in _WRONG["string"]),
    {**SUBSCRIBE, "payload": {}},
    *({**SUBSCRIBE, "payload": {"query": "{ hello }", "operationName": w}} for w in _WRONG["optional string"]),
    *({**SUBSCRIBE, "payload": {"query": "{ hello }", "variables": w}} for w in _WRONG["optional object"]),
    *({**SUBSCRIBE, "payload": {"query": "{ hello }", "extensions": w}} for w in _WRONG["optional object"]),
]

NO_JSON: list[str | bytes] = [
    "",
    " ",
    "text",
    "{",
    '{"type":"ping"',
    '{"type":"ping"}{"type":"ping"}',
    "[" * 60_000,
    '{"type":"ping","payload":{"a":' + "[" * 50_000,
    '{"type":"ping","payload":{"a":' + "9" * 5_000 + "}}",
    '{"type":"ping","payload":{"a":1e999}}',
    r'{"type":"ping","payload":{"a":"\ud800"}}',
    b"\xff",
    b'{"type":"\xff"}',
    b"",
]


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


@pytest.mark.parametrize("frame", MALFORMED, ids=json.dumps)
async def test_a_malformed_message_is_closed_with_4400(
    server: RunningServer, frame: object, caplog: pytest.LogCaptureFixture
) -> None:
    async with acknowledged_client(server.url) as client:
        await client.send(json.dumps(frame))
        code, reason = await client.close_frame()

    assert code == 4400
    assert reason
    assert caplog.records == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"extensions": {"persistedQuery": "abc"}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 5}}, "query": "{ hello }"},
        {"documentId": 5},
    ],
    ids=json.dumps,
)
async def test_a_malformed_document_hash_ends_only_its_operation(server: RunningServer, wrong: dict[str, Any]) -> None:
    async with acknowledged_client(server.url) as client:
        await client.send({"id": "1", "type": "subscribe", "payload": wrong})
        error = await client.receive()
        answer = await client.answer("{ hello }", "2")

    assert (error["type"], error["id"], error["payload"][0]["extensions"]["code"]) == ("error", "1", "BAD_REQUEST")
    assert answer == {"data": {"hello": "world"}}


@pytest.mark.parametrize("frame", NO_JSON, ids=range(len(NO_JSON)))
async def test_a_frame_that_is_not_json_is_closed_with_4400(server: RunningServer, frame: str | bytes) -> None:
    async with acknowledged_client(server.url) as client:
        await client.send(frame)
        assert (await client.close_frame())[0] == 4400


@pytest.mark.parametrize("payload", _WRONG["optional object"])
async def test_an_init_with_a_payload_of_the_wrong_type_is_closed_with_4400(
    server: RunningServer, payload: object
) -> None:
    async with socket_client(server.url) as client:
        await client.send({"type": "connection_init", "payload": payload})
        assert (await client.close_frame())[0] == 4400


async def test_unknown_keys_are_ignored(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.send({"type": "ping", "unknown": [1]})
        assert await client.receive() == {"type": "pong"}


async def test_a_binary_frame_is_read_like_text(server: RunningServer) -> None:
    async with socket_client(server.url) as client:
        await client.send(b'{"type":"connection_init"}', json.dumps(SUBSCRIBE).encode())
        frames = await client.receive_many(3)

    assert [frame["type"] for frame in frames] == ["connection_ack", "next", "complete"]


async def test_a_byte_order_mark_of_utf_8_is_taken(server: RunningServer) -> None:
    async with socket_client(server.url) as client:
        await client.send('\ufeff{"type":"connection_init"}', json.dumps(SUBSCRIBE).encode("utf-8-sig"))
        frames = await client.receive_many(3)

    assert [frame["type"] for frame in frames] == ["connection_ack", "next", "complete"]


async def test_answers_are_text_frames(server: RunningServer) -> None:
    async with socket_client(server.url) as client:
        await client.send(b'{"type":"connection_init"}')
        assert isinstance(await client.connection.recv(), str)


async def test_the_largest_frame_is_read(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.send(json.dumps({"type": "ping"}).ljust(65_536))
        assert await client.receive() == {"type": "pong"}


async def test_a_larger_frame_is_closed_with_1009(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.send(json.dumps({"type": "ping"}).ljust(65_537))
        assert (await client.close_frame())[0] == 1009


async def test_the_fragments_of_a_message_are_limited_together(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.connection.send([" " * 40_000, " " * 40_000])
        assert (await client.close_frame())[0] == 1009


async def test_invalid_utf_8_is_closed_with_1007_and_logs_no_error(
    server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with acknowledged_client(server.url) as client:
        await client.connection.send(b"\xff\xfe", text=True)
        assert (await client.close_frame())[0] == 1007
    assert caplog.records == []


@pytest.mark.parametrize("operation_id", ["x" * 250, "ü" * 120, "🏃" * 60])
async def test_a_long_reason_is_cut_to_what_a_close_frame_holds(server: RunningServer, operation_id: str) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }", operation_id)
        await client.receive()
        await client.ask("subscription { idle }", operation_id)
        code, reason = await client.close_frame()

    assert code == 4409
    assert 119 < len(reason.encode()) <= 123
    assert f"Subscriber for {operation_id} already exists".startswith(reason)
