"""Frames that a client sends in bulk: they are parsed as slowly as the rate of its address allows, and nobody else waits."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from tests.graphql_ws_client import acknowledged_client
from tests.serving import socket_url
from tests.web.default_lobby import default_lobby, slowest_answer_s
from tests.web.graphql_app import RunningServer, running

WAIT_S = 10.0
BULK_BYTES = 240_000
HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nhost: lobby\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)


def masked(opcode: Opcode, data: bytes = b"", fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=True)


INIT = masked(Opcode.TEXT, b'{"type":"connection_init"}')
FLOODS = {
    "empty pings": masked(Opcode.PING),
    "empty pongs": masked(Opcode.PONG),
    "pings that are full": masked(Opcode.PING, bytes(125)),
}


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


@contextmanager
def opened(url: str, *frames: bytes) -> Iterator[socket.socket]:
    """A socket whose handshake is accepted, after `frames` have been sent."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), WAIT_S) as link:
        link.sendall(HANDSHAKE)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += link.recv(4_096)
        assert answer.startswith(b"HTTP/1.1 101 ")
        link.sendall(b"".join(frames))
        yield link


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_of_control_frames_holds_nobody_up(flood: str) -> None:
    frame = FLOODS[flood]
    with default_lobby() as url, opened(url, INIT) as link:
        link.setblocking(False)
        link.send(frame * (BULK_BYTES // len(frame)))

        assert slowest_answer_s(url, 0.5) < 0.15


def test_empty_parts_of_a_message_hold_nobody_up() -> None:
    with default_lobby() as url, opened(url, INIT) as link:
        link.setblocking(False)
        link.send(masked(Opcode.TEXT, b"", fin=False) + masked(Opcode.CONT, b"", fin=False) * (BULK_BYTES // 6))

        assert slowest_answer_s(url, 0.5) < 0.15


def test_frames_beyond_the_rate_wait_in_the_kernel() -> None:
    """A client that floods can't send on: the server reads no more than a buffer before it has counted the frames."""
    with default_lobby() as url, opened(url, INIT) as link:
        link.setblocking(False)
        sent, until_s = 0, time.monotonic() + 1.0
        while time.monotonic() < until_s:
            try:
                sent += link.send(masked(Opcode.PING) * 10_000)
            except BlockingIOError:
                time.sleep(0.01)

    assert sent < 8_000_000


def test_pings_get_pongs_at_the_rate_of_the_address() -> None:
    """1,000 at once and 500 a second, as documented for requests."""
    with default_lobby() as url, opened(url, INIT) as link:
        link.setblocking(False)
        began_s = time.monotonic()
        link.send(masked(Opcode.PING) * 5_000)
        time.sleep(1.0)
        received = link.recv(1_000_000)
        in_time = 1_000 + 500 * (time.monotonic() - began_s)

    assert 1_000 <= received.count(b"\x8a\x00") < in_time + 100


@pytest.mark.parametrize(
    "last", [b"\xff\x80" + bytes(4), masked(Opcode.CLOSE, b"\x03\xe8")], ids=["an invalid frame", "a close"]
)
def test_an_answer_that_is_due_when_the_socket_closes_is_no_error(
    last: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The message and the end arrive together: the answer is made after the end has been read."""
    with default_lobby() as url:
        for _ in range(10):
            with opened(url, INIT, masked(Opcode.TEXT, b'{"type":"ping"}'), last) as link:
                while link.recv(4_096):
                    pass

    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_message_in_many_parts_is_one_message(server: RunningServer) -> None:
    text = json.dumps({"id": "1", "type": "subscribe", "payload": {"query": "{ hello }"}})
    async with acknowledged_client(server.url) as client:
        await client.connection.send(iter(text))
        answer = await client.receive()

    assert answer["payload"] == {"data": {"hello": "world"}}


def test_messages_and_pings_that_arrive_together_are_all_answered(server: RunningServer) -> None:
    ask = masked(Opcode.TEXT, b'{"type":"ping"}')
    marks = (b"\x8a\x01a", b"connection_ack", b"\x8a\x01b", b'"pong"', b"\x8a\x01c")
    frames = [masked(Opcode.PING, b"a"), INIT, masked(Opcode.PING, b"b"), ask, masked(Opcode.PING, b"c")]
    with opened(server.url, *frames) as link:
        received = b""
        while not all(mark in received for mark in marks):
            received += link.recv(4_096)

    assert received.index(b"connection_ack") < received.index(b'"pong"')


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_frames_may_be_cut_anywhere(server: RunningServer, cut: int) -> None:
    frames = INIT + masked(Opcode.TEXT, b'{"type":"ping"}') + masked(Opcode.PING, b"x")
    with opened(server.url) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(frames), cut):
            link.sendall(frames[start : start + cut])
            time.sleep(0.001)
        received = b""
        while not all(mark in received for mark in (b"connection_ack", b'"pong"', b"\x8a\x01x")):
            read = link.recv(4_096)
            assert read, received
            received += read


@pytest.mark.parametrize("size", [70_000, 1_000_000, 10_000_000])
async def test_a_message_that_is_too_long_is_closed_with_1009(server: RunningServer, size: int) -> None:
    client = await connect(
        socket_url(server.url), subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None, close_timeout=0.1
    )
    with suppress(ConnectionClosed):
        await client.send("x" * size)
    with pytest.raises(ConnectionClosed) as closed:
        await client.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


def test_a_client_that_goes_on_after_its_violation_is_cut_off(server: RunningServer) -> None:
    with opened(server.url, masked(Opcode.TEXT, bytes(70_000))) as link:
        began_s = time.monotonic()
        with suppress(ConnectionResetError, BrokenPipeError):
            while time.monotonic() < began_s + WAIT_S:
                link.sendall(bytes(1_000))
                time.sleep(0.05)

    assert 0.5 < time.monotonic() - began_s < WAIT_S
