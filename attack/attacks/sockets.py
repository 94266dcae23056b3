"""WebSockets that are many, silent, or talk too much."""

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

from attack.arena import Arena, Attack
from attack.outcome import SLOW_S, Outcome

HELD_S_MAX = 15.0
TEXT = "subscription($f:PartyFilter){lobbyEvents(filter:$f){change}}"


@asynccontextmanager
async def _socket(arena: Arena) -> AsyncIterator[ClientConnection]:
    url = f"ws://{arena.target.host}:{arena.target.port}/graphql"
    options: dict[str, Any] = {"local_addr": (arena.target.source, 0)} if arena.target.source else {}
    offered = [Subprotocol("graphql-transport-ws")]
    async with connect(url, subprotocols=offered, proxy=None, open_timeout=30, close_timeout=1, **options) as socket:
        yield socket


async def _signed_in(socket: ClientConnection, token: str) -> None:
    await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
    await socket.recv()


def _how(closed: ConnectionClosed) -> str:
    return f"close {closed.rcvd.code}" if closed.rcvd is not None else "cut off"


async def _until_closed(arena: Arena, outcome: Outcome, token: str) -> None:
    """Open a socket, perhaps sign in, and say no more."""
    began_s = time.monotonic()
    try:
        async with _socket(arena) as socket:
            if token:
                await _signed_in(socket, token)
                await asyncio.wait_for(_drained(socket), arena.seconds)
            else:
                await asyncio.wait_for(_drained(socket), HELD_S_MAX)
    except ConnectionClosed as closed:
        outcome.note(_how(closed))
    except InvalidHandshake as refused:
        outcome.note(f"handshake {getattr(getattr(refused, 'response', None), 'status_code', '?')}")
    except TimeoutError:
        outcome.note("stays open")
        if not token and time.monotonic() - began_s >= HELD_S_MAX:
            outcome.fault(f"a socket that never signs in is open after {HELD_S_MAX:g} s")
    except OSError:
        outcome.note("closed")


async def _drained(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


async def _never_init(arena: Arena) -> Outcome:
    outcome = Outcome()
    await asyncio.gather(*(_until_closed(arena, outcome, "") for _ in range(arena.most // 4)))
    return outcome


async def _many_idle(arena: Arena) -> Outcome:
    outcome = Outcome()
    await asyncio.gather(*(_until_closed(arena, outcome, arena.eve.token) for _ in range(arena.most // 4)))
    return outcome


def _flooding(name: str, sends: str, says: Callable[[int], list[str | bytes]], asks_last: bool = True) -> Attack:
    """Messages as fast as the server takes them; then a last question, which it answers."""

    async def run(arena: Arena) -> Outcome:
        outcome = Outcome()
        await asyncio.gather(*(_flood(arena, outcome, says, asks_last) for _ in range(4)))
        return outcome

    return Attack(name, sends, run)


async def _flood(arena: Arena, outcome: Outcome, says: Callable[[int], list[str | bytes]], asks_last: bool) -> None:
    until_s = time.monotonic() + arena.seconds
    for number in range(arena.most * 50):
        if time.monotonic() > until_s:
            return
        try:
            async with _socket(arena) as socket:
                await _signed_in(socket, arena.eve.token)
                reading = asyncio.create_task(_counted(socket, outcome))
                while time.monotonic() < until_s and not reading.done():
                    messages = says(number)
                    number += 1
                    async with asyncio.timeout(1.0):
                        for message in messages:
                            await socket.send(message)
                    outcome.sent += len(messages)
                    if not asks_last:
                        break
                if not asks_last:
                    await asyncio.wait({reading}, timeout=SLOW_S)
                reading.cancel()
        except ConnectionClosed as closed:
            outcome.came_back[_how(closed)] += 1
        except InvalidHandshake as refused:
            outcome.note(f"handshake {getattr(getattr(refused, 'response', None), 'status_code', '?')}")
            await asyncio.sleep(0.05)
        except TimeoutError:
            outcome.came_back["is made to wait"] += 1
            return
        except OSError:
            outcome.came_back["cut off"] += 1


async def _counted(socket: ClientConnection, outcome: Outcome) -> None:
    with suppress(ConnectionClosed):
        while True:
            frame = json.loads(await socket.recv())
            errors = (
                frame.get("payload") if frame.get("type") == "error" else (frame.get("payload") or {}).get("errors")
            )
            code = errors[0]["extensions"]["code"] if errors else ""
            outcome.came_back[f"{frame.get('type')} {code}".strip()] += 1
            if code == "INTERNAL":
                outcome.fault("an INTERNAL error")
    if socket.close_code is not None:
        outcome.came_back[f"close {socket.close_code}"] += 1
        if socket.close_code in (1011, 4500):
            outcome.fault(f"a socket closed with {socket.close_code}")


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
    Attack("sockets that never init", "a handshake, then nothing", _never_init),
    Attack("idle sockets", "a sign-in by one and the same player, then nothing", _many_idle),
    _flooding("subscribe and complete", "a subscription, and its end, as fast as it goes", _subscribe_complete),
    _flooding("subscriptions without end", "one more on the same socket, as fast as it goes", _subscribe_only),
    _flooding("pings", "twenty at a time, as fast as it goes", _pings),
    _flooding("garbage frames", "16 kinds of frames that are no message", _garbage, asks_last=False),
)
