"""Attacks below the application: bytes that a parser takes before the server knows of a request or a message.

The server must read them as slowly as its rates say or end the connection, and other clients must not wait for that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tools.attack.context import SLOW_S, Attack, AttackContext, Outcome
from tools.attack.raw_http import RawConnection, encode_post, open_connection

CONNECTIONS = 16
WRITE_BYTES = 240_000
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nhost: lobby\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-protocol: graphql-transport-ws\r\n"
)
CHUNKED = (
    b"POST /graphql HTTP/1.1\r\nhost: lobby\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
)

# Frames of clients are masked, here with zeros.
PING, PART, LAST_TEXT = b"\x89\x80\0\0\0\0", b"\x00\x80\0\0\0\0", b"\x81\x81\0\0\0\0{"
FIRST_PART = b"\x01\x80\0\0\0\0"


async def _write_until(link: RawConnection, data: bytes, until_s: float) -> str:
    """Write `data` again and again, as fast as the server takes it. Returns how that ended."""
    reading = asyncio.create_task(link.reader.read())
    try:
        while time.monotonic() < until_s and not reading.done():
            link.writer.write(data)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, until_s - time.monotonic())):
                    await link.writer.drain()
        return "closed" if reading.done() else "is made to wait"
    except OSError:
        return "cut off"
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError, OSError):
            await reading
        # A close would wait until the server has read all that was written.
        link.writer.transport.abort()


def _flood_attack(name: str, sends: str, opening: bytes, data: bytes) -> Attack:
    """`CONNECTIONS` connections send `opening` once, and then `data` in writes of `WRITE_BYTES`."""
    written = data * (WRITE_BYTES // len(data))

    async def run(context: AttackContext) -> Outcome:
        outcome, until_s = Outcome(), time.monotonic() + context.seconds

        async def flood() -> None:
            while time.monotonic() < until_s:
                try:
                    async with open_connection(context.target) as link:
                        link.writer.write(opening)
                        outcome.record_other(await _write_until(link, written, until_s))
                except OSError:
                    outcome.record_other("not connected")
                await asyncio.sleep(0.05)

        await asyncio.gather(*(flood() for _ in range(CONNECTIONS)))
        return outcome

    return Attack(name, sends, run)


SOCKET = HANDSHAKE + b"sec-websocket-key: " + KEY + b"\r\n\r\n"
REFUSED = (
    HANDSHAKE + b"sec-websocket-key: " + KEY + b"\r\ncontent-length: 5\r\n\r\nhello",
    HANDSHAKE + b"sec-websocket-key: " + KEY + b"\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    HANDSHAKE + b"sec-websocket-key: " + b"a" * 9_000 + b"\r\n\r\n",
    HANDSHAKE + b"sec-websocket-protocol: a\r\n" * 200 + b"\r\n",
    HANDSHAKE + b"\r\n",
)


async def _refused_handshakes(context: AttackContext) -> Outcome:
    outcome, until_s = Outcome(), time.monotonic() + context.seconds

    async def attacker(number: int) -> None:
        while time.monotonic() < until_s:
            number += 1
            await _send_refused(context, outcome, REFUSED[number % len(REFUSED)])

    await asyncio.gather(*(attacker(number) for number in range(8)))
    return outcome


async def _send_refused(context: AttackContext, outcome: Outcome, handshake: bytes) -> None:
    try:
        async with open_connection(context.target) as link:
            answer = await link.send(handshake)
            outcome.record(answer)
            if answer.status == 101:
                outcome.add_fault("a wrong handshake is accepted")
            await _expect_close(outcome, link.reader.read)
    except OSError:
        outcome.record_other("not connected")


async def _expect_close(outcome: Outcome, read: Callable[[], Awaitable[bytes]]) -> None:
    try:
        async with asyncio.timeout(SLOW_S):
            with suppress(OSError):
                await read()
    except TimeoutError:
        outcome.add_fault(f"a refused handshake is open after {SLOW_S:g} s")


ATTACKS = (
    _flood_attack("empty pings", "40,000 pings of WebSocket in each write", SOCKET, PING),
    _flood_attack("empty parts", "a message in parts without content or end", SOCKET + FIRST_PART, PART),
    _flood_attack("short texts", "34,000 messages of one byte in each write", SOCKET, LAST_TEXT),
    _flood_attack("pipelined queries", "1,300 requests in each write", b"", encode_post(b'{"query":"{ __typename }"}')),
    _flood_attack("pipelined lines", "13,000 requests without a path in each write", b"", b"GET / HTTP/1.1\r\n\r\n"),
    _flood_attack("trailers", "trailers without end", CHUNKED + b"2\r\n{}\r\n0\r\n", b"x: y\r\n"),
    _flood_attack("small chunks", "a body in chunks of one byte", CHUNKED, b"1\r\n \r\n"),
    Attack("refused handshakes", "five kinds of handshakes that the WebSocket library refuses", _refused_handshakes),
)
