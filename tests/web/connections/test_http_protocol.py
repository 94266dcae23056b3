"""Connections that do not say what they want, or are too many."""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from urllib.parse import urlsplit

import httpx
import pytest

from lobby.http.descriptors import KEPT_FREE, connections_held_max
from lobby.http.head_limits import HeadLimits
from lobby.http.serving import ServingLimits
from tests.http.graphql_app import Running, Setting, running
from tests.http.raw_socket import RawSocket

HEAD_BYTES_MAX = 4_096
HEAD_WAIT_S = 0.3
BODY = b'{"query":"{ hello }"}'
GOOD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(BODY),
    BODY,
)


@contextmanager
def served(**limits: float) -> Iterator[Running]:
    head = HeadLimits(**{"head_wait_s": HEAD_WAIT_S, "head_bytes_max": HEAD_BYTES_MAX, **limits})  # type: ignore[arg-type]
    with running(Setting(serving_limits=ServingLimits(head=head))) as server:
        yield server


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with served() as server:
        yield server


def test_a_connection_that_asks_nothing_is_closed(server: Running) -> None:
    with connected(server) as link:
        assert read_to_end(link) == b""


def test_a_head_that_drips_in_is_cut_off(server: Running) -> None:
    """However often a byte comes, the time for all of it is the same."""
    with connected(server) as link:
        link.sendall(b"POST /graphql HTTP/1.1\r\nhost: x\r\n")
        answer = dripped(link, (b"x-%d: y\r\n" % number for number in count()))

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_head_that_drips_in_behind_an_answer_is_cut_off(server: Running) -> None:
    with connected(server) as link:
        link.sendall(GOOD)
        assert link.recv(4_096).startswith(b"HTTP/1.1 200 ")
        answer = dripped(link, (b"POST /graphql HTTP/1.1\r\n" if number == 0 else b"x: y\r\n" for number in count()))

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_body_that_goes_on_behind_its_answer_is_cut_off(server: Running) -> None:
    """The answer to a wrong content type waits for no body."""
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
def test_a_head_beyond_its_bound_is_a_431(server: Running, head: bytes) -> None:
    with connected(server) as link:
        link.sendall(head)

        assert link.recv(4_096).startswith(b"HTTP/1.1 431 ")


def test_a_body_is_no_head(server: Running) -> None:
    padded = b'{"query":"{ hello }"}'.ljust(10 * HEAD_BYTES_MAX)
    response = httpx.post(f"{server.url}/graphql", content=padded, headers={"content-type": "application/json"})

    assert response.json() == {"data": {"hello": "world"}}


@pytest.mark.parametrize("limit", ["connections_max", "connections_per_peer_max"])
def test_one_connection_too_many_is_a_503_until_another_ends(limit: str) -> None:
    with served(**{limit: 3}) as server, ExitStack() as held:
        sockets = [held.enter_context(RawSocket(server.url)) for _ in range(3)]
        assert ask(server).startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1" in ask(server)

        sockets[0].__exit__(None, None, None)

        assert eventually(lambda: ask(server)).startswith(b"HTTP/1.1 200 ")


def connected(server: Running) -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname, address.port), timeout=10)


def ask(server: Running) -> bytes:
    with connected(server) as link:
        link.sendall(GOOD)
        return link.recv(4_096)


def eventually(asked: Callable[[], bytes]) -> bytes:
    for _ in range(1_000):
        answer = asked()
        if b" 503 " not in answer:
            return answer
    return answer


def dripped(link: socket.socket, parts: Iterator[bytes]) -> bytes:
    """Sends a part every now and then until the server has enough; then what it said."""
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


def test_no_more_connections_are_taken_than_there_are_descriptors_for() -> None:
    """The system's own bound is raised as far as it goes, and no further."""
    few, many = connections_held_max(1), connections_held_max(10**9)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)

    assert few == 1
    assert many == soft - KEPT_FREE
