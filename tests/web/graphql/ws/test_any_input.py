"""Every input gets an answer or a close with a code, and the server goes on working."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from tests.graphql_ws_client import LEGACY, TRANSPORT, SocketClient, socket_client
from tests.web.graphql_app import RunningServer, running
from web.graphql.ws.connection import read_message
from web.graphql.ws.subprotocols import LegacyWs, MalformedMessage, Subprotocol, TransportWs

DIALECTS: list[Subprotocol] = [TransportWs(256), LegacyWs(256)]
CODES = {4400, 4401, 4403, 4409, 4429, 1000}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
kinds = st.sampled_from(
    ["connection_init", "subscribe", "start", "complete", "stop", "ping", "pong", "connection_terminate", "next"]
)
queries = st.sampled_from(
    ["{ hello }", "{ later }", "{ breaks", "{ typo }", "subscription { idle }", "subscription { count(to: 3) }"]
)


def sometimes_wrong(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(right, right, right, json_values)


payloads = sometimes_wrong(
    st.fixed_dictionaries(
        {"query": sometimes_wrong(queries)},
        optional={
            "operationName": sometimes_wrong(st.none()),
            "variables": sometimes_wrong(st.none() | st.just({"a": 1})),
            "extensions": sometimes_wrong(st.none()),
            "authorization": sometimes_wrong(st.just("Bearer ann")),
        },
    )
)
messages = st.fixed_dictionaries(
    {"type": sometimes_wrong(kinds)},
    optional={"id": sometimes_wrong(st.sampled_from(["a", "b"])), "payload": payloads},
)
frames = (messages | json_values).map(json.dumps) | st.text(max_size=20) | st.binary(max_size=20)


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.subprotocol)
@given(frame=frames)
def test_any_frame_is_a_message_or_malformed(dialect: Subprotocol, frame: str | bytes) -> None:
    with suppress(MalformedMessage):
        read_message(frame, dialect)


@pytest.mark.parametrize("subprotocol", [TRANSPORT, LEGACY])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(conversation=st.lists(frames, max_size=8))
async def test_any_conversation_leaves_the_server_working(
    server: RunningServer, caplog: pytest.LogCaptureFixture, subprotocol: str, conversation: list[str | bytes]
) -> None:
    async with socket_client(server.url, subprotocol) as client:
        code = await code_of_the_close(client, conversation)
    assert code is None or code in CODES
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def code_of_the_close(client: SocketClient, conversation: list[str | bytes]) -> int | None:
    """The close code, or None if the connection is still open and answers an operation."""
    try:
        await client.send({"type": "connection_init"}, *conversation)
        await client.ask("{ hello }", "last")
        while (await client.receive()).get("id") != "last":
            pass
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0
    return None
