"""Clients that take their time. What is measured is how long they may, and that others do not wait with them."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from attack.arena import Arena, Attack
from attack.outcome import Outcome
from attack.wire import wire

EVERY_S = 0.2
HELD_S_MAX = 25.0
"""After this a connection has been held for too long."""
HEAD = b"POST /graphql HTTP/1.1\r\nhost: lobby\r\ncontent-type: application/json\r\n"


async def _held_by(arena: Arena, opening: bytes, drip: bytes) -> float:
    """How long the server lets itself be held by a connection that says `drip` now and then."""
    began_s = time.monotonic()
    with suppress(OSError):
        async with wire(arena.target) as link:
            reading = asyncio.create_task(link._reader.read(65_536))
            link.writer.write(opening)
            while not reading.done() and time.monotonic() - began_s < HELD_S_MAX:
                await asyncio.wait({reading}, timeout=EVERY_S)
                link.writer.write(drip)
            reading.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await reading
    return time.monotonic() - began_s


def _dripping(name: str, sends: str, opening: bytes, drip: bytes, share: int) -> Attack:
    async def run(arena: Arena) -> Outcome:
        outcome, count = Outcome(), arena.most // share
        took_s = await asyncio.gather(*(_held_by(arena, opening, drip) for _ in range(count)))
        outcome.note(f"let go of after {max(took_s):.0f} s", count)
        if max(took_s) >= HELD_S_MAX:
            outcome.fault(f"a connection was held for more than {HELD_S_MAX:g} s")
        return outcome

    return Attack(name, sends, run)


ATTACKS = (
    _dripping("idle connections", "nothing, on as many connections as one may", b"", b"", 1),
    _dripping("slow heads", "a header every 0.2 s, without end", HEAD, b"x-more: y\r\n", 4),
    _dripping("slow bodies", "a byte of a body every 0.2 s", HEAD + b"content-length: 9000\r\n\r\n{", b" ", 4),
)
