"""Unread bytes of clients are limited, for each address and in all."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.serving import served
from web.connections.unread_bytes import UnreadBytes, UnreadLimits
from web.serving import ServingLimits

ANSWER_BYTES = 2_000_000


async def _answer(request: Request) -> Response:
    return Response(b"x" * ANSWER_BYTES)


def _served(limits: UnreadLimits) -> Iterator[str]:
    with served(Starlette(routes=[Route("/", _answer)]), limits=ServingLimits(unread=limits)) as url:
        yield url


@pytest.fixture
def url() -> Iterator[str]:
    yield from _served(UnreadLimits(per_address_max=3 * ANSWER_BYTES))


@pytest.fixture
def impatient_url() -> Iterator[str]:
    yield from _served(UnreadLimits(stalled_send_s=0.2))


def _ask(url: str) -> socket.socket:
    """A connection that asks for an answer and reads nothing of it."""
    address = urlsplit(url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.settimeout(5)
    connection.connect((address.hostname, address.port))
    connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    return connection


def _is_dropped(connection: socket.socket) -> bool:
    """True if the answer ends early."""
    received = 0
    try:
        while received < ANSWER_BYTES:
            data = connection.recv(65_536)
            if not data:
                return True
            received += len(data)
    except ConnectionError:
        return True
    return False


def test_connections_past_the_unread_bytes_of_their_address_are_dropped(url: str) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(_ask(url)) for _ in range(8)]
        time.sleep(0.3)
        assert len(httpx.get(url).content) == ANSWER_BYTES  # read at once, so it fits beside the others
        dropped = [_is_dropped(connection) for connection in connections]
        assert dropped[:4] == [True] * 4  # those that stopped first
        assert dropped[-2:] == [False] * 2


def test_bytes_that_are_read_count_no_more(url: str) -> None:
    for _ in range(10):
        with _ask(url) as connection:
            time.sleep(0.02)
            assert not _is_dropped(connection)


def test_a_connection_that_reads_nothing_is_dropped_after_a_while(impatient_url: str) -> None:
    with _ask(impatient_url) as connection:
        time.sleep(0.6)
        assert _is_dropped(connection)


class _Connection:
    is_dropped = False

    def drop(self) -> None:
        self.is_dropped = True


def test_all_clients_together_have_a_bound() -> None:
    unread = UnreadBytes(UnreadLimits(per_address_max=100, total_max=150))
    connections = [_Connection() for _ in range(3)]
    unread.add("a", connections[0], 80)
    unread.add("b", connections[1], 60)
    unread.add("c", connections[2], 60)
    assert [connection.is_dropped for connection in connections] == [True, False, False]

    unread.remove("b", connections[1])
    unread.add("d", _Connection(), 90)
    assert not connections[2].is_dropped
