"""GraphQL over server-sent events, as its protocol has it: distinct connections."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import httpx
import pytest

from lobby.http.graphql_http.media_types import prefers_events, takes_events
from lobby.http.graphql_sse.limits import StreamLimits
from tests.http.event_client import EVENTS, Event, events
from tests.http.graphql_app import Running, Setting, running
from tests.needs import needs

COMPLETE = Event("complete", "")
SCRIPT = Path(__file__).parents[1] / "js/events.js"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as server:
        yield server


def result(text: str) -> Event:
    return Event("next", text)


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_each_result_of_a_subscription_is_an_event_and_then_it_is_complete(server: Running, method: str) -> None:
    async with events(server.url, "subscription ($to: Int!) { count(to: $to) }", method=method, to=2) as client:
        assert client.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert await client.hear_all() == [result('{"data":{"count":1}}'), result('{"data":{"count":2}}'), COMPLETE]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ hello }", '{"data":{"hello":"world"}}'),
        ("mutation { bump }", '{"data":{"bump":1}}'),
    ],
)
async def test_a_query_or_a_mutation_is_one_event(server: Running, query: str, expected: str) -> None:
    async with events(server.url, query) as client:
        assert await client.hear_all() == [result(expected), COMPLETE]


@pytest.mark.parametrize("query", ["{ typo }", "{ hello", "query ($n: Int!) { add(a: $n, b: 1) }", ""])
async def test_what_is_wrong_with_an_operation_is_told_in_an_event(server: Running, query: str) -> None:
    """A browser's EventSource shows nothing of an answer with another status."""
    async with events(server.url, query) as client:
        told, complete = await client.hear_all()
    assert client.response.status_code == 200
    assert told.result.keys() == {"errors"}
    assert complete == COMPLETE


async def test_a_subscription_that_is_refused_is_told_and_complete(server: Running) -> None:
    for field in ("refused", "refusedInside"):
        async with events(server.url, f"subscription {{ {field} }}") as client:
            told, complete = await client.hear_all()
        assert told.result["data"] is None
        assert told.result["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert complete == COMPLETE


async def test_a_fault_in_a_stream_is_masked_and_its_last_event(server: Running) -> None:
    async with events(server.url, "subscription { breaks(after: 1) }") as client:
        first, fault, complete = await client.hear_all()
    assert first.result == {"data": {"breaks": 0}}
    assert fault.result["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "secret" not in fault.data
    assert complete == COMPLETE


async def test_a_token_is_read_as_ever(server: Running) -> None:
    async with events(server.url, "{ who }", {"Authorization": "Bearer ann"}) as client:
        assert await client.hear() == result('{"data":{"who":"Ann"}}')


@pytest.mark.parametrize(
    ("method", "options", "status"),
    [
        ("POST", {"content": b"{", "headers": {"content-type": "application/json"}}, 400),
        ("POST", {"content": b"query={hello}"}, 415),
        ("GET", {"params": {"query": "mutation { bump }"}}, 405),
        ("PUT", {}, 405),
    ],
)
def test_a_request_that_is_none_has_a_status_as_ever(
    server: Running, method: str, options: dict[str, object], status: int
) -> None:
    headers = EVENTS | options.pop("headers", {})  # type: ignore[operator]
    answer = httpx.request(method, f"{server.url}/graphql", headers=headers, **options, trust_env=False)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    ("accept", "takes", "prefers"),
    [
        (None, False, False),
        ("*/*", False, False),
        ("application/json", False, False),
        ("text/event-stream", True, True),
        ("Text/Event-Stream;q=0.5", True, True),
        ("text/event-stream;q=0", False, False),
        ("application/graphql-response+json, application/json, text/event-stream, multipart/mixed", True, False),
        ("text/event-stream, application/json;q=0.5", True, True),
        ("text/event-stream;q=0.5, */*", True, False),
    ],
)
def test_events_are_for_who_names_them(accept: str | None, takes: bool, prefers: bool) -> None:
    assert (takes_events(accept), prefers_events(accept)) == (takes, prefers)


async def test_who_takes_either_gets_events_for_subscriptions_alone(server: Running) -> None:
    either = {"Accept": "application/json, text/event-stream"}
    async with events(server.url, "subscription { count(to: 1) }", either) as client:
        assert await client.hear() == result('{"data":{"count":1}}')
    async with events(server.url, "{ hello }", either) as client:
        assert client.response.headers["content-type"].startswith("application/json")


async def test_who_can_not_read_events_is_told_where_subscriptions_are(server: Running) -> None:
    async with events(server.url, "subscription { count(to: 1) }", {"Accept": "application/json"}) as client:
        await client.response.aread()
    [error] = client.response.json()["errors"]
    assert "text/event-stream" in error["message"]


async def test_the_source_is_closed_when_the_client_leaves(server: Running) -> None:
    async with events(server.url, "subscription { idle }") as client:
        assert await client.hear() == result('{"data":{"idle":0}}')
        while await server.probe.next_note() != "idle opened":
            pass
        assert server.socket.connections.open_count == 1
    assert await server.probe.next_note() == "idle closed"


async def test_silence_is_broken_by_comments() -> None:
    with running(Setting(stream_limits=StreamLimits(keep_alive_s=0.1))) as server:
        async with events(server.url, "subscription { idle }") as client:
            assert await client.hear() == result('{"data":{"idle":0}}')
            for _ in range(3):
                await client.hear_comment()


async def test_a_client_that_stops_reading_is_dropped() -> None:
    with running(Setting(stream_limits=StreamLimits(stalled_send_s=0.3))) as server, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        address = urlsplit(server.url)
        client.connect((address.hostname, address.port))
        request = (
            b"GET /graphql?query=subscription%7Bendless%7D HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"
        )
        client.sendall(request)
        assert [await server.probe.next_note() for _ in range(2)] == ["endless opened", "endless closed"]
        # Broken off, with all that was never read.
        with pytest.raises(ConnectionResetError):
            await anyio.to_thread.run_sync(lambda: [*iter(lambda: client.recv(65_536), b"")])


async def test_a_shutdown_ends_the_stream_but_not_the_operation() -> None:
    """Without `complete`, so that clients come back by themselves."""
    with ExitStack() as stack:
        server = stack.enter_context(running())
        async with events(server.url, "subscription { idle }") as client:
            assert await client.hear() == result('{"data":{"idle":0}}')
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(anyio.to_thread.run_sync, stack.close)
                assert await client.hear_all() == []


async def test_the_official_javascript_client_gets_along() -> None:
    """Queries, subscriptions, errors, a token, and a stop."""
    node = needs("node")
    needs("tests/js")
    with running() as server:
        told = (await anyio.run_process([str(node), str(SCRIPT), f"{server.url}/graphql"])).stdout.decode()
        notes = [await server.probe.next_note() for _ in range(4)]
    assert told.splitlines() == [
        '{"data":{"hello":"world"}}',
        "complete",
        '{"data":{"count":1}}',
        '{"data":{"count":2}}',
        "complete",
        '{"errors":[{"message":"Cannot query field \'typo\' on type \'Query\'.","locations":[{"line":1,"column":3}],'
        '"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}',
        "complete",
        '{"data":{"who":"Ann"}}',
        "complete",
        '{"data":{"idle":0}}',
    ]
    assert notes == ["count opened", "count closed", "idle opened", "idle closed"]
