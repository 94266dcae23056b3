"""Attacks with connections: slow HTTP clients, and WebSockets that are many, silent or flood the server.

The server must close each of them in time, and other clients must not wait for that.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from tools.attack.context import SLOW_S, Attack, AttackContext, Outcome
from tools.attack.raw_http import open_connection

EVERY_S = 0.2
HTTP_HELD_S_MAX = 25.0
"""The server must close a slow HTTP connection within this time."""
SOCKET_HELD_S_MAX = 15.0
"""The server must close a WebSocket without `connection_init` within this time."""
HEAD = b"POST /graphql HTTP/1.1\r\nhost: lobby\r\ncontent-type: application/json\r\n"


async def _measure_held_s(context: AttackContext, opening: bytes, drip: bytes) -> float:
    """Seconds until the server closes a connection on which the client sends `drip` every `EVERY_S`."""
    began_s = time.monotonic()
    with suppress(OSError):
        async with open_connection(context.target) as link:
            reading = asyncio.create_task(link.reader.read(65_536))
            link.writer.write(opening)
            while not reading.done() and time.monotonic() - began_s < HTTP_HELD_S_MAX:
                await asyncio.wait({reading}, timeout=EVERY_S)
                link.writer.write(drip)
            reading.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await reading
    return time.monotonic() - began_s


def _slow_attack(name: str, sends: str, opening: bytes, drip: bytes, share: int) -> Attack:
    async def run(context: AttackContext) -> Outcome:
        outcome, count = Outcome(), context.connections_max // share
        took_s = await asyncio.gather(*(_measure_held_s(context, opening, drip) for _ in range(count)))
        outcome.record_other(f"closed after {max(took_s):.0f} s", count)
        if max(took_s) >= HTTP_HELD_S_MAX:
            outcome.add_fault(f"a connection was held for more than {HTTP_HELD_S_MAX:g} s")
        return outcome

    return Attack(name, sends, run)


SLOW_ATTACKS = (
    _slow_attack("idle connections", "nothing, on the maximum number of connections", b"", b"", 1),
    _slow_attack("slow heads", "a header every 0.2 s, without end", HEAD, b"x-more: y\r\n", 4),
    _slow_attack("slow bodies", "a byte of a body every 0.2 s", HEAD + b"content-length: 9000\r\n\r\n{", b" ", 4),
)


TEXT = "subscription($f:PartyFilter){lobbyEvents(filter:$f){change}}"


@asynccontextmanager
async def open_socket(context: AttackContext) -> AsyncIterator[ClientConnection]:
    url = f"ws://{context.target.host}:{context.target.port}/graphql"
    options: dict[str, Any] = {"local_addr": (context.target.source, 0)} if context.target.source else {}
    offered = [Subprotocol("graphql-transport-ws")]
    async with connect(url, subprotocols=offered, proxy=None, open_timeout=30, close_timeout=1, **options) as socket:
        yield socket


async def sign_in(socket: ClientConnection, token: str) -> None:
    await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
    await socket.recv()


def describe_close(closed: ConnectionClosed) -> str:
    return f"close {closed.rcvd.code}" if closed.rcvd is not None else "cut off"


async def _wait_until_closed(context: AttackContext, outcome: Outcome, token: str) -> None:
    """Open a socket, sign in if there is a token, and send nothing more."""
    began_s = time.monotonic()
    try:
        async with open_socket(context) as socket:
            if token:
                await sign_in(socket, token)
                await asyncio.wait_for(_read_all(socket), context.seconds)
            else:
                await asyncio.wait_for(_read_all(socket), SOCKET_HELD_S_MAX)
    except ConnectionClosed as closed:
        outcome.record_other(describe_close(closed))
    except InvalidHandshake as refused:
        outcome.record_other(f"handshake {getattr(getattr(refused, 'response', None), 'status_code', '?')}")
    except TimeoutError:
        outcome.record_other("stays open")
        if not token and time.monotonic() - began_s >= SOCKET_HELD_S_MAX:
            outcome.add_fault(f"a socket that never signs in is open after {SOCKET_HELD_S_MAX:g} s")
    except OSError:
        outcome.record_other("closed")


async def _read_all(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


async def _never_init(context: AttackContext) -> Outcome:
    outcome = Outcome()
    await asyncio.gather(*(_wait_until_closed(context, outcome, "") for _ in range(context.connections_max // 4)))
    return outcome


async def _many_idle(context: AttackContext) -> Outcome:
    outcome = Outcome()
    await asyncio.gather(
        *(_wait_until_closed(context, outcome, context.eve.token) for _ in range(context.connections_max // 4))
    )
    return outcome


def _flood_attack(
    name: str, sends: str, make_messages: Callable[[int], list[str | bytes]], keeps_open: bool = True
) -> Attack:
    """Messages as fast as the server accepts them. Without `keeps_open` each message has a new socket."""

    async def run(context: AttackContext) -> Outcome:
        outcome = Outcome()
        await asyncio.gather(*(_flood(context, outcome, make_messages, keeps_open) for _ in range(4)))
        return outcome

    return Attack(name, sends, run)


async def _flood(
    context: AttackContext, outcome: Outcome, make_messages: Callable[[int], list[str | bytes]], keeps_open: bool
) -> None:
    until_s = time.monotonic() + context.seconds
    for number in range(context.connections_max * 50):
        if time.monotonic() > until_s:
            return
        try:
            async with open_socket(context) as socket:
                await sign_in(socket, context.eve.token)
                reading = asyncio.create_task(_count_frames(socket, outcome))
                while time.monotonic() < until_s and not reading.done():
                    messages = make_messages(number)
                    number += 1
                    async with asyncio.timeout(1.0):
                        for message in messages:
                            await socket.send(message)
                    outcome.sent += len(messages)
                    if not keeps_open:
                        break
                if not keeps_open:
                    await asyncio.wait({reading}, timeout=SLOW_S)
                reading.cancel()
        except ConnectionClosed as closed:
            outcome.responses[describe_close(closed)] += 1
        except InvalidHandshake as refused:
            outcome.record_other(f"handshake {getattr(getattr(refused, 'response', None), 'status_code', '?')}")
            await asyncio.sleep(0.05)
        except TimeoutError:
            outcome.responses["is made to wait"] += 1
            return
        except OSError:
            outcome.responses["cut off"] += 1


async def _count_frames(socket: ClientConnection, outcome: Outcome) -> None:
    with suppress(ConnectionClosed):
        while True:
            frame = json.loads(await socket.recv())
            errors = (
                frame.get("payload") if frame.get("type") == "error" else (frame.get("payload") or {}).get("errors")
            )
            code = errors[0]["extensions"]["code"] if errors else ""
            outcome.responses[f"{frame.get('type')} {code}".strip()] += 1
            if code == "INTERNAL":
                outcome.add_fault("an INTERNAL error")
    if socket.close_code is not None:
        outcome.responses[f"close {socket.close_code}"] += 1
        if socket.close_code in (1011, 4500):
            outcome.add_fault(f"a socket closed with {socket.close_code}")


def _subscribe_complete(number: int) -> list[str | bytes]:
    start = {"id": str(number), "type": "subscribe", "payload": {"query": TEXT}}
    return [json.dumps(start), json.dumps({"id": str(number), "type": "complete"})]


def _subscribe_only(number: int) -> list[str | bytes]:
    return [json.dumps({"id": f"s{number}", "type": "subscribe", "payload": {"query": TEXT}})]


def _pings(number: int) -> list[str | bytes]:
    return ['{"type":"ping"}'] * 20


GARBAGE: tuple[str | bytes, ...] = (
    "",
    "{",
    "null",
    "[]",
    "[" * 30_000,
    "9" * 5_000,
    '{"type":7}',
    '{"type":"subscribe","id":"","payload":{}}',
    '{"type":"subscribe","id":"1","payload":{"query":"\\ud800"}}',
    '{"type":"subscribe","id":"' + "x" * 60_000 + '"}',
    "\u202e\u0000" * 1_000,
    b"\x00\xff\xfe" * 1_000,
    b"x" * 200_000,
    '{"type":"connection_init"}',
    '{"type":"complete","id":{}}',
    '{"type":"ping","payload":[]}',
)


def _garbage(number: int) -> list[str | bytes]:
    return [random.Random(number).choice(GARBAGE)]  # noqa: S311


ATTACKS = (
    *SLOW_ATTACKS,
    Attack("sockets that never init", "a handshake, then nothing", _never_init),
    Attack("idle sockets", "sign-ins of a single player, then nothing", _many_idle),
    _flood_attack("subscribe and complete", "a subscription and its end, as fast as possible", _subscribe_complete),
    _flood_attack("subscriptions without end", "one more on the same socket, as fast as possible", _subscribe_only),
    _flood_attack("pings", "twenty at a time, as fast as possible", _pings),
    _flood_attack("garbage frames", "16 kinds of invalid frames", _garbage, keeps_open=False),
)
