"""The server pings each socket, keeps those that answer, and closes those that do not."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.frames import Opcode

from tests.web.connections.test_websocket_frames import INIT, masked, opened
from tests.web.graphql_app import RunningServer, ServerOptions, running
from tools.bench.load.websocket import decode_frames
from web.connections.pings import PINGS_PER_TURN, Pings, new_ping_payload, pong_payload
from web.serving import ServingLimits

INTERVAL_S = 0.3
WAIT_S = 10.0
LIMITS = ServingLimits(ping_interval_s=INTERVAL_S, ping_wait_s=INTERVAL_S)
QUERY = masked(Opcode.TEXT, b'{"type":"subscribe","id":"1","payload":{"query":"{ __typename }"}}')


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running(ServerOptions(serving_limits=LIMITS)) as server:
        yield server


class Frames:
    """The frames that a server sends on a socket."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._rest = b""
        self._frames: list[tuple[int, bytes]] = []

    def next(self, *opcodes: int) -> tuple[int, bytes]:
        """The next frame with one of these opcodes. Others are dropped."""
        ends_at = time.monotonic() + WAIT_S
        while True:
            while self._frames:
                opcode, payload = self._frames.pop(0)
                if opcode in opcodes:
                    return opcode, payload
            assert time.monotonic() < ends_at, "no such frame came"
            received = self._rest + self._link.recv(65_536)
            end = 0
            for opcode, payload, end in decode_frames(received):  # noqa: B007 - the last end is used below
                self._frames.append((opcode, payload))
            self._rest = received[end:]


@contextmanager
def pinged(server: RunningServer) -> Iterator[tuple[socket.socket, Frames]]:
    with opened(server.url, INIT) as link:
        yield link, Frames(link)


def pong(payload: bytes) -> bytes:
    return masked(Opcode.PONG, payload)


def test_a_socket_that_answers_stays_open_and_works(server: RunningServer) -> None:
    with pinged(server) as (link, frames):
        payloads = set()
        for _ in range(5):
            _, payload = frames.next(Opcode.PING)
            payloads.add(payload)
            link.sendall(pong(payload))
        assert len(payloads) == 5, "each ping has a payload of its own"
        link.sendall(QUERY)
        while json.loads(frames.next(Opcode.TEXT)[1])["type"] != "next":
            pass


def test_pings_come_in_their_interval(server: RunningServer) -> None:
    with pinged(server) as (link, frames):
        times = []
        for _ in range(4):
            _, payload = frames.next(Opcode.PING)
            times.append(time.monotonic())
            link.sendall(pong(payload))
    assert times[-1] - times[0] >= 3 * INTERVAL_S * 0.9


WRONG = {
    "nothing": b"",
    "another payload": pong(b"no!!"),
    "no payload": pong(b""),
    "a ping": masked(Opcode.PING, b"hey!"),
}
NO_PONGS = {
    "too short": pong(b"abc"),
    "too long": pong(b"abcde"),
    "a ping": masked(Opcode.PING, b"abcd"),
    "not masked": b"\x8a\x04abcd",
    "nothing": b"",
    "a message": QUERY,
}
"""By name, because masks are random, and names of tests must not be."""


@pytest.mark.parametrize("answer", WRONG.values(), ids=WRONG.keys())
def test_a_socket_without_the_right_pong_is_closed(answer: bytes, server: RunningServer) -> None:
    with pinged(server) as (link, frames):
        frames.next(Opcode.PING)
        link.sendall(answer)
        _, close = frames.next(Opcode.CLOSE)
    assert int.from_bytes(close[:2], "big") == 1011


def test_a_pong_may_come_in_pieces_or_with_other_frames(server: RunningServer) -> None:
    with pinged(server) as (link, frames):
        _, payload = frames.next(Opcode.PING)
        frame = pong(payload)
        link.sendall(frame[:3])
        time.sleep(INTERVAL_S / 6)
        link.sendall(frame[3:])
        _, payload = frames.next(Opcode.PING)
        link.sendall(QUERY + pong(payload) + masked(Opcode.PING, b"and mine"))
        assert frames.next(Opcode.PONG)[1] == b"and mine"
        _, payload = frames.next(Opcode.PING)
        link.sendall(pong(payload))
        assert frames.next(Opcode.PING, Opcode.CLOSE)[0] == Opcode.PING


def test_a_pong_between_the_parts_of_a_message_is_taken(server: RunningServer) -> None:
    with pinged(server) as (link, frames):
        _, payload = frames.next(Opcode.PING)
        text = b'{"type":"ping","payload":{"a":1}}'
        link.sendall(masked(Opcode.TEXT, text[:9], fin=False))
        time.sleep(INTERVAL_S / 6)
        link.sendall(pong(payload))
        time.sleep(INTERVAL_S / 6)
        link.sendall(masked(Opcode.CONT, text[9:]))
        while json.loads(frames.next(Opcode.TEXT)[1])["type"] != "pong":
            pass
        assert frames.next(Opcode.PING, Opcode.CLOSE)[0] == Opcode.PING


class Socket:
    """A socket that counts its pings. It answers all of them, or none."""

    def __init__(self, answers: bool) -> None:
        self.answers = answers
        self.is_pong_missing = False
        self.ping_sent_at = 0.0
        self.counts = Counter[str]()
        self.is_pinged, self.is_given_up = asyncio.Event(), asyncio.Event()

    def send_ping(self) -> None:
        self.is_pinged.set()
        self.counts["pings"] += 1
        self.ping_sent_at = asyncio.get_running_loop().time()
        self.is_pong_missing = not self.answers

    def on_pong_missing(self) -> None:
        self.is_given_up.set()
        self.counts["given up"] += 1


@pytest.mark.anyio
async def test_sockets_that_come_together_are_pinged_in_several_turns_of_the_loop() -> None:
    pings, sockets = Pings(0.2, 0.2), [Socket(answers=True) for _ in range(10 * PINGS_PER_TURN)]
    for each in sockets:
        pings.add(each)
    most, before = 0, 0
    ends_at = asyncio.get_running_loop().time() + WAIT_S
    while any(each.counts["pings"] < 2 for each in sockets):
        assert asyncio.get_running_loop().time() < ends_at
        await asyncio.sleep(0)
        now = sum(each.counts["pings"] for each in sockets)
        most, before = max(most, now - before), now
    for each in sockets:
        pings.remove(each)
    assert 0 < most <= 2 * PINGS_PER_TURN
    assert not any(each.counts["given up"] for each in sockets)


@pytest.mark.anyio
@pytest.mark.parametrize(("interval_s", "wait_s"), [(0.1, 0.3), (0.3, 0.1)])
async def test_a_silent_socket_is_given_up_once_after_its_time(interval_s: float, wait_s: float) -> None:
    pings, silent, good = Pings(interval_s, wait_s), Socket(answers=False), Socket(answers=True)
    began_at = asyncio.get_running_loop().time()
    for each in (silent, good):
        pings.add(each)
    await asyncio.wait_for(silent.is_given_up.wait(), WAIT_S)
    took_s = asyncio.get_running_loop().time() - began_at
    await asyncio.sleep(interval_s + wait_s)
    pings.remove(good)
    assert took_s >= interval_s + wait_s
    assert silent.counts == {"pings": 1, "given up": 1}
    assert good.counts["pings"] >= 2
    assert good.counts["given up"] == 0


@pytest.mark.anyio
async def test_a_removed_socket_is_neither_pinged_nor_kept() -> None:
    pings, closed = Pings(0.05, 0.05), Socket(answers=True)
    pings.add(closed)
    pings.remove(closed)
    pings.remove(closed)
    await asyncio.sleep(0.2)
    assert closed.counts == {}
    later = Socket(answers=True)
    pings.add(later)
    await asyncio.wait_for(later.is_pinged.wait(), WAIT_S)
    pings.remove(later)


@pytest.mark.parametrize("data", NO_PONGS.values(), ids=NO_PONGS.keys())
def test_only_a_whole_pong_of_the_right_length_has_a_payload(data: bytes) -> None:
    payload = new_ping_payload()
    assert pong_payload(pong(payload)) == payload
    assert pong_payload(data) is None
