"""How long an idle connection is kept, and clients that close their side before they have their response."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse

import pytest

from tests.serving import served
from tests.web.rest_client import connected, guest
from web.app import create_app
from web.connections.connection_limits import HeadLimits
from web.serving import ServingLimits
from web.settings.settings import Settings

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: lobby\r\n\r\n"
HEAD_WAIT_S, KEEP_ALIVE_S = 0.3, 2


def post(body: object, *headers: str) -> bytes:
    text = json.dumps(body).encode()
    head = ["POST /graphql HTTP/1.1", "Host: lobby", "Content-Type: application/json", *headers]
    return "\r\n".join([*head, f"Content-Length: {len(text)}", "", ""]).encode() + text


QUERY = post({"query": "{ serverInfo { maxMembers } }"})


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    limits = ServingLimits(head=HeadLimits(head_wait_s=HEAD_WAIT_S, keep_alive_s=KEEP_ALIVE_S))
    app = create_app(Settings(store="memory://", rate_limits=False))
    with served(app, app.drain, limits) as url, connected(url):
        yield url


@contextmanager
def connection_to(url: str) -> Iterator[socket.socket]:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        yield connection


def read_to_end(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("request_", [HEALTH, QUERY], ids=["a slow request", "a fast request"])
def test_an_idle_connection_is_kept_for_longer_than_a_head_may_take(url: str, request_: bytes) -> None:
    with connection_to(url) as connection:
        for _ in range(3):
            connection.sendall(request_)
            answer = HTTPResponse(connection)
            answer.begin()
            assert (answer.status, answer.read() != b"") == (200, True)
            time.sleep(3 * HEAD_WAIT_S)
        began = time.monotonic()
        assert read_to_end(connection) == b""
        assert time.monotonic() - began < KEEP_ALIVE_S + HEAD_WAIT_S


def test_a_head_that_never_ends_is_refused_on_a_kept_connection_too(url: str) -> None:
    with connection_to(url) as connection:
        connection.sendall(HEALTH)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 OK")
        time.sleep(2 * HEAD_WAIT_S)
        connection.sendall(HEALTH[:-2])
        began = time.monotonic()
        assert read_to_end(connection).startswith(b"HTTP/1.1 408")
        assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("request_", [HEALTH, QUERY], ids=["a slow request", "a fast request"])
def test_a_client_that_closes_its_side_gets_all_responses(url: str, request_: bytes, times: int) -> None:
    """As `nc -N` does: one write with the requests, and the end of its side right behind it."""
    with connection_to(url) as connection:
        connection.sendall(request_ * times)
        connection.shutdown(socket.SHUT_WR)
        assert read_to_end(connection).count(b"HTTP/1.1 200 OK") == times


def test_a_mutation_of_a_client_that_closes_its_side_is_answered(url: str) -> None:
    ann = guest(url)
    create = post({"query": "mutation { createParty(input: {}) { __typename } }"}, f"Authorization: Bearer {ann.token}")
    with connection_to(url) as connection:
        connection.sendall(create)
        connection.shutdown(socket.SHUT_WR)
        assert b"PartyChanged" in read_to_end(connection)


def test_half_a_request_ends_with_its_client(url: str) -> None:
    with connection_to(url) as connection:
        connection.sendall(QUERY[:-5])
        connection.shutdown(socket.SHUT_WR)
        assert read_to_end(connection) == b"", "a request that is given up for its time gets a 408"


def test_a_stream_of_events_ends_when_its_client_closes_its_side(url: str) -> None:
    ann = guest(url)
    party_id = ann.makes()["party_id"]
    query = f'subscription {{ partyEvents(partyId: "{party_id}") {{ __typename }} }}'
    with connection_to(url) as connection:
        connection.sendall(post({"query": query}, f"Authorization: Bearer {ann.token}", "Accept: text/event-stream"))
        while b"PartySnapshot" not in connection.recv(65_536):
            pass
        connection.shutdown(socket.SHUT_WR)
        began = time.monotonic()
        read_to_end(connection)
        assert time.monotonic() - began < 2
