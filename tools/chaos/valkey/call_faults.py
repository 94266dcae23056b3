"""Faults of single calls to Valkey: scripts that arrive late, and scripts that arrive again, long after their reply.

A client that gets no reply in time asks again over another connection, and the first call may still be on its way. So each
script of the store must do no harm when it is repeated at any later time.
"""

from __future__ import annotations

import asyncio
from asyncio import StreamReader
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random

SCRIPT_CALLS = frozenset({b"EVALSHA", b"EVAL", b"FCALL"})
DELAYED, STALLED, DOUBLED = "delayed", "stalled", "doubled"
SHARES = {DELAYED: 0.02, STALLED: 0.004, DOUBLED: 0.08}
"""The shares of the calls of scripts that get each fault. A stalled call arrives late, and its connection brings no more
replies."""
DELAY_S = (0.02, 0.8)
LATE_S = ((0.0, 0.3), (0.3, 6.0), (6.0, 60.0))
"""How late a repeated call is. One of these ranges is drawn."""
LATE_CALLS_MAX = 2_000
"""Calls that wait to be repeated. Beyond that no more are taken."""
CONNECT_WAIT_S = 2.0
REPLY_WAIT_S = 3.0
REPLY_BYTES_MAX = 65_536


@dataclass(frozen=True, slots=True)
class Call:
    """One command with its arguments, as a client sent it. `name` is in upper case."""

    name: bytes
    data: bytes


async def read_call(reader: StreamReader) -> Call:
    """The next command of a client: an array of bulk strings. Raises `EOFError` at the end of the connection."""
    head = await _read_line(reader)
    pieces, name = [head], b""
    for number in range(int(head[1:])):
        length = await _read_line(reader)
        value = await reader.readexactly(int(length[1:]) + 2)
        name = value[:-2].upper() if number == 0 else name
        pieces += length, value
    return Call(name, b"".join(pieces))


async def _read_line(reader: StreamReader) -> bytes:
    line = await reader.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    return line


class CallFaults:
    """Draws a fault for each call of a script, and repeats calls later over connections of their own.

    `target` is asked for the address at the time of the repetition.
    """

    def __init__(self, random: Random, counts: Counter[str]) -> None:
        """`counts` receives the number of calls by fault."""
        self._random = random
        self._counts = counts
        self._late: set[asyncio.Task[None]] = set()
        self._is_stopped = False

    def draw(self, call: Call) -> str | None:
        """One of `SHARES`; None for no fault."""
        if self._is_stopped or call.name not in SCRIPT_CALLS:
            return None
        drawn = self._random.random()
        for fault, share in SHARES.items():
            if drawn < share:
                self._counts[f"calls {fault}"] += 1
                return fault
            drawn -= share
        return None

    def delay_s(self) -> float:
        return self._random.uniform(*DELAY_S)

    def repeat_later(self, call: Call, target: Callable[[], tuple[str, int]]) -> None:
        """Send the call once more at a later time, and drop the reply."""
        if len(self._late) >= LATE_CALLS_MAX:
            return
        late_s = self._random.uniform(*self._random.choice(LATE_S))
        task = asyncio.create_task(self._repeat(call, target, late_s))
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def stop(self) -> None:
        """From now on no call has a fault, and those that wait are not repeated any more."""
        self._is_stopped = True
        for task in self._late:
            task.cancel()
        if self._late:
            await asyncio.wait(self._late)

    async def _repeat(self, call: Call, target: Callable[[], tuple[str, int]], late_s: float) -> None:
        await asyncio.sleep(late_s)
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(CONNECT_WAIT_S):
                reader, writer = await asyncio.open_connection(*target())
            try:
                writer.write(call.data)
                async with asyncio.timeout(REPLY_WAIT_S):
                    reply = await reader.read(REPLY_BYTES_MAX)
                self._counts["late calls refused" if reply.startswith(b"-") else "late calls executed"] += 1
            finally:
                writer.transport.abort()
