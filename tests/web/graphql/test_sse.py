"""GraphQL over server-sent events, in the distinct connections mode of its protocol."""

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

from tests.needs import needs
from tests.web.event_client import EVENTS, Event, events
from tests.web.graphql_app import RunningServer, ServerOptions, running
from web.graphql.http_response import prefers_events, takes_events
from web.graphql.sse import StreamLimits

COMPLETE = Event("complete", "")
SCRIPT = Path(__file__).parents[2] / "js/events.js"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


def result(text: str) -> Event:
    return Event("next", text)


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_each_result_is_an_event_and_complete_is_the_last(server: RunningServer, method: str) -> None:
    async with events(server.url, "subscription ($to: Int!) { count(to: $to) }", method=method, to=2) as client:
        assert client.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert await client.receive_all() == [result('{"data":{"count":1}}'), result('{"data":{"count":2}}'), COMPLETE]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ hello }", '{"data":{"hello":"world"}}'),
        ("mutation { bump }", '{"data":{"bump":1}}'),
    ],
)
async def test_a_query_or_a_mutation_is_one_event(server: RunningServer, query: str, expected: str) -> None:
    async with events(server.url, query) as client:
        assert await client.receive_all() == [result(expected), COMPLETE]


@pytest.mark.parametrize("query", ["{ typo }", "{ hello", "query ($n: Int!) { add(a: $n, b: 1) }", ""])
async def test_the_errors_of_an_operation_are_sent_in_an_event(server: RunningServer, query: str) -> None:
    """The EventSource of a browser hides responses with other statuses."""
    async with events(server.url, query) as client:
        event, complete = await client.receive_all()
    assert client.response.status_code == 200
    assert event.result.keys() == {"errors"}
    assert complete == COMPLETE


async def test_a_refused_subscription_gets_its_errors_and_complete(server: RunningServer) -> None:
    for field in ("refused", "refusedInside"):
        async with events(server.url, f"subscription {{ {field} }}") as client:
            event, complete = await client.receive_all()
        assert event.result["data"] is None
        assert event.result["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert complete == COMPLETE


async def test_an_internal_error_in_a_stream_is_masked_and_the_last_event(server: RunningServer) -> None:
    async with events(server.url, "subscription { breaks(after: 1) }") as client:
        first, fault, complete = await client.receive_all()
    assert first.result == {"data": {"breaks": 0}}
    assert fault.result["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "secret" not in fault.data
    assert complete == COMPLETE


async def test_a_token_signs_the_player_in(server: RunningServer) -> None:
    async with events(server.url, "{ who }", {"Authorization": "Bearer ann"}) as client:
        assert await client.receive() == result('{"data":{"who":"Ann"}}')


@pytest.mark.parametrize(
    ("method", "options", "status"),
    [
        ("POST", {"content": b"{", "headers": {"content-type": "application/json"}}, 400),
        ("POST", {"content": b"query={hello}"}, 415),
        ("GET", {"params": {"query": "mutation { bump }"}}, 405),
        ("PUT", {}, 405),
    ],
)
def test_an_invalid_request_gets_its_usual_status(
    server: RunningServer, method: str, options: dict[str, object], status: int
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
def test_only_clients_that_accept_event_streams_get_them(accept: str | None, takes: bool, prefers: bool) -> None:
    assert (takes_events(accept), prefers_events(accept)) == (takes, prefers)


async def test_a_client_that_accepts_both_gets_events_for_subscriptions_only(server: RunningServer) -> None:
    either = {"Accept": "application/json, text/event-stream"}
    async with events(server.url, "subscription { count(to: 1) }", either) as client:
        assert await client.receive() == result('{"data":{"count":1}}')
    async with events(server.url, "{ hello }", either) as client:
        assert client.response.headers["content-type"].startswith("application/json")


async def test_a_client_without_event_streams_gets_an_error_for_subscriptions(server: RunningServer) -> None:
    async with events(server.url, "subscription { count(to: 1) }", {"Accept": "application/json"}) as client:
        await client.response.aread()
    [error] = client.response.json()["errors"]
    assert "text/event-stream" in error["message"]


async def test_the_source_is_closed_when_the_client_leaves(server: RunningServer) -> None:
    async with events(server.url, "subscription { idle }") as client:
        assert await client.receive() == result('{"data":{"idle":0}}')
        while await server.probe.next_note() != "idle opened":
            pass
        assert server.connections.open_count == 1
    assert await server.probe.next_note() == "idle closed"


async def test_a_silent_stream_gets_comments() -> None:
    with running(ServerOptions(stream_limits=StreamLimits(keep_alive_s=0.1))) as server:
        async with events(server.url, "subscription { idle }") as client:
            assert await client.receive() == result('{"data":{"idle":0}}')
            for _ in range(3):
                await client.receive_comment()


async def test_a_client_that_stops_reading_is_dropped() -> None:
    with running(ServerOptions(stream_limits=StreamLimits(stalled_send_s=0.3))) as server, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        address = urlsplit(server.url)
        client.connect((address.hostname, address.port))
        request = (
            b"GET /graphql?query=subscription%7Bendless%7D HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"
        )
        client.sendall(request)
        assert [await server.probe.next_note() for _ in range(2)] == ["endless opened", "endless closed"]
        # Aborted, and everything unread is discarded.
        with pytest.raises(ConnectionResetError):
            await anyio.to_thread.run_sync(lambda: [*iter(lambda: client.recv(65_536), b"")])


async def test_a_shutdown_ends_the_stream_but_not_the_operation() -> None:
    """Without `complete`, so that clients reconnect by themselves."""
    with ExitStack() as stack:
        server = stack.enter_context(running())
        async with events(server.url, "subscription { idle }") as client:
            assert await client.receive() == result('{"data":{"idle":0}}')
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(anyio.to_thread.run_sync, stack.close)
                assert await client.receive_all() == []


async def test_the_official_javascript_client_works() -> None:
    """Queries, subscriptions, errors, a token, and a stop."""
    node = needs("node")
    needs("tests/js")
    with running() as server:
        output = (await anyio.run_process([str(node), str(SCRIPT), f"{server.url}/graphql"])).stdout.decode()
        notes = [await server.probe.next_note() for _ in range(4)]
    assert output.splitlines() == [
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


@pytest.mark.parametrize("token", ["ann", "Bearer ann"])
async def test_an_event_source_signs_in_by_its_url(server: RunningServer, token: str) -> None:
    """It can set no headers."""
    query = {"query": "{ who }", "token": token}
    async with httpx.AsyncClient() as client:
        events = await client.get(f"{server.url}/graphql", params=query, headers=EVENTS)
        assert 'data: {"data":{"who":"Ann"}}' in events.text
        plain = await client.get(f"{server.url}/graphql", params=query)
        assert plain.json() == {"data": {"who": "a stranger"}}, "other clients set the header"
        signed_in = await client.get(
            f"{server.url}/graphql", params=query, headers={**EVENTS, "Authorization": "Bearer forged"}
        )
        assert '"who":"Ann"' not in signed_in.text, "the header counts first"
