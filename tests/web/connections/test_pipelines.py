"""HTTP/1.1 below the application: pipelined requests, chunks and trailers have bounds, and nobody else waits for them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest

from tests.web.default_lobby import default_lobby, resident_bytes, slowest_answer_s
from tests.web.graphql_app import RunningServer, running
from tests.web.wire import Wire, post

HELLO = post(b'{"query":"{ hello }"}')
CHUNKED = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
BODY = b'15\r\n{"query":"{ hello }"}\r\n'
WORLD = b'{"data":{"hello":"world"}}'
FLOOD_S, CONNECTIONS = 1.5, 16


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


def test_pipelined_requests_are_answered_in_order(server: RunningServer) -> None:
    bodies = [f'{{"query":"{{ a{number}: hello }}"}}'.encode() for number in range(30)]
    with Wire(server.url) as wire:
        wire.send(b"".join(map(post, bodies)))
        answers = [wire.answer()[1] for _ in bodies]

    assert answers == [f'{{"data":{{"a{number}":"world"}}}}'.encode() for number in range(30)]


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 50, 150])
def test_pipelined_requests_may_be_cut_anywhere(server: RunningServer, cut: int) -> None:
    requests = HELLO + CHUNKED + BODY + b"0\r\n\r\n" + b"\r\n" + CHUNKED + BODY + b"0\r\nx: y\r\n\r\n" + HELLO
    with Wire(server.url) as wire:
        for start in range(0, len(requests), cut):
            wire.send(requests[start : start + cut])
        answers = [wire.answer()[1] for _ in range(4)]

    assert answers == [WORLD] * 4


@pytest.mark.parametrize(
    "request_bytes",
    [b"GET / HTTP/1.1\r\n\r\n", HELLO, CHUNKED + BODY + b"0\r\n\r\n"],
    ids=["short", "known", "chunked"],
)
def test_a_flood_of_pipelined_requests_takes_no_memory_and_holds_nobody_up(request_bytes: bytes) -> None:
    flood = request_bytes * (65_536 // len(request_bytes))
    with default_lobby() as url, ExitStack() as stack:
        slowest_answer_s(url, 0.1)
        before = resident_bytes()
        address = urlsplit(url)
        links = [
            stack.enter_context(socket.create_connection((address.hostname, address.port))) for _ in range(CONNECTIONS)
        ]
        slowest_s = slowest_answer_s(url, FLOOD_S, lambda: send_without_wait(links, flood))
        grown = resident_bytes() - before

    assert grown < 60_000_000
    assert slowest_s < 0.3


def send_without_wait(links: list[socket.socket], data: bytes) -> None:
    for link in links:
        link.setblocking(False)
        with suppress(OSError):
            link.send(data)


def test_trailers_have_a_bound(server: RunningServer) -> None:
    with Wire(server.url) as wire:
        wire.send(CHUNKED + BODY + b"0\r\n" + b"x: y\r\n" * 10_000)
        head, _ = wire.answer()

    assert head.startswith(b"HTTP/1.1 431 ")


def test_a_trailer_without_end_has_a_bound(server: RunningServer) -> None:
    with Wire(server.url) as wire:
        wire.send(CHUNKED + BODY + b"0\r\nx: " + b"y" * 100_000)

        assert wire.answer()[0].startswith(b"HTTP/1.1 431 ")


def test_the_extension_of_a_chunk_has_a_bound(server: RunningServer) -> None:
    with Wire(server.url) as wire:
        wire.send(CHUNKED + b"15;" + b"x" * 100_000)

        assert wire.answer()[0].startswith(b"HTTP/1.1 431 ")


def test_a_body_has_a_bounded_number_of_chunks(server: RunningServer) -> None:
    with Wire(server.url) as wire:
        wire.send(CHUNKED + b"1\r\n \r\n" * 5_000)

        assert wire.answer()[0].startswith(b"HTTP/1.1 400 ")


def test_a_trailer_is_no_header(server: RunningServer) -> None:
    """The application reads headers only. A trailer that names a caller or a type must not pass for one."""
    request = CHUNKED.replace(b"content-type: application/json\r\n", b"")
    with Wire(server.url) as wire:
        wire.send(request + BODY + b"0\r\ncontent-type: application/json\r\n\r\n")

        assert wire.answer()[0].startswith(b"HTTP/1.1 415 ")


def test_large_bodies_count_as_several_requests() -> None:
    """A body of 64 KiB counts as 17 requests, so that an address sends about 60 of them at once."""
    with default_lobby() as url, Wire(url) as wire:
        heads = []
        for _ in range(120):
            wire.send(post(b'{"query":"{ serverInfo { version } }"}'.ljust(65_536)))
            heads.append(wire.answer()[0])
            if b" 429 " in heads[-1]:
                break

    assert 50 <= len(heads) < 120
