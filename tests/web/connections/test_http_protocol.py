"""TCP connections whose request arrives slowly or not at all, or that are too many."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from urllib.parse import urlsplit

import httpx
import pytest

from tests.waiting import wait_for_value
from tests.web.graphql_app import RunningServer, ServerOptions, running
from tests.web.raw_socket import RawSocket
from web.connections.connection_limits import DESCRIPTORS_KEPT_FREE, HeadLimits, fit_descriptors
from web.serving import ServingLimits

HEAD_BYTES_MAX = 4_096
HEAD_WAIT_S = 0.3
BODY = b'{"query":"{ hello }"}'
GOOD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(BODY),
    BODY,
)


@contextmanager
def served(**limits: float) -> Iterator[RunningServer]:
    head = HeadLimits(**{"head_wait_s": HEAD_WAIT_S, "head_bytes_max": HEAD_BYTES_MAX, **limits})  # type: ignore[arg-type]
    with running(ServerOptions(serving_limits=ServingLimits(head=head))) as server:
        yield server


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with served() as server:
        yield server


def test_a_connection_without_a_request_is_closed(server: RunningServer) -> None:
    with connected(server) as link:
        assert read_to_end(link) == b""


def test_a_head_that_arrives_slowly_gets_408(server: RunningServer) -> None:
    """The time for the whole head does not depend on how often a byte arrives."""
    with connected(server) as link:
        link.sendall(b"POST /graphql HTTP/1.1\r\nhost: x\r\n")
        answer = dripped(link, (b"x-%d: y\r\n" % number for number in count()))

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_second_head_that_arrives_slowly_gets_408(server: RunningServer) -> None:
    with connected(server) as link:
        link.sendall(GOOD)
        assert link.recv(4_096).startswith(b"HTTP/1.1 200 ")
        answer = dripped(link, (b"POST /graphql HTTP/1.1\r\n" if number == 0 else b"x: y\r\n" for number in count()))

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_body_that_continues_after_its_response_ends_the_connection(server: RunningServer) -> None:
    """The error for a wrong content type does not wait for the body."""
    with connected(server) as link:
        link.sendall(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\n")
        assert link.recv(4_096).startswith(b"HTTP/1.1 415 ")

        assert dripped(link, (b" " for _ in count())) == b""


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 2 * HEAD_BYTES_MAX,
        b"GET / HTTP/1.1\r\nx: " + b"a" * 2 * HEAD_BYTES_MAX,
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * HEAD_BYTES_MAX,
    ],
)
def test_a_head_that_is_too_long_gets_431(server: RunningServer, head: bytes) -> None:
    with connected(server) as link:
        link.sendall(head)

        assert link.recv(4_096).startswith(b"HTTP/1.1 431 ")


def test_a_body_does_not_count_as_head(server: RunningServer) -> None:
    padded = b'{"query":"{ hello }"}'.ljust(10 * HEAD_BYTES_MAX)
    response = httpx.post(f"{server.url}/graphql", content=padded, headers={"content-type": "application/json"})

    assert response.json() == {"data": {"hello": "world"}}


@pytest.mark.parametrize("limit", ["connections_max", "connections_per_address_max"])
def test_a_tcp_connection_too_many_gets_503_until_another_one_ends(limit: str) -> None:
    with served(**{limit: 3}) as server, ExitStack() as held:
        sockets = [held.enter_context(RawSocket(server.url)) for _ in range(3)]
        assert ask(server).startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1" in ask(server)

        sockets[0].__exit__(None, None, None)

        answer = wait_for_value(lambda: ask(server), lambda answer: b" 503 " not in answer)
        assert answer.startswith(b"HTTP/1.1 200 ")


def connected(server: RunningServer) -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname, address.port), timeout=10)


def ask(server: RunningServer) -> bytes:
    with connected(server) as link:
        link.sendall(GOOD)
        return link.recv(4_096)


def dripped(link: socket.socket, parts: Iterator[bytes]) -> bytes:
    """Send the parts at intervals until the server responds, and return its response."""
    link.settimeout(HEAD_WAIT_S / 10)
    for part in parts:
        try:
            link.sendall(part)
            return read_to_end(link, link.recv(4_096))
        except TimeoutError:
            continue
        except OSError:
            return b""
    raise AssertionError("there are always more parts")


def read_to_end(link: socket.socket, answer: bytes = b"") -> bytes:
    try:
        while received := link.recv(65_536):
            answer += received
    except ConnectionResetError:
        pass
    return answer


def test_connections_are_limited_by_the_file_descriptors() -> None:
    """The soft limit of the system is raised to its hard limit."""
    few, many = fit_descriptors(1), fit_descriptors(10**9)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)

    assert few == 1
    assert many == soft - DESCRIPTORS_KEPT_FREE
