"""WebSocket pings of all sockets of a server, by one timer.

A ping finds a peer that is gone without a word, and keeps proxies from closing an idle connection. uvicorn sets two timers for
each ping, and ping and pong go through the parser of websockets.
"""

from __future__ import annotations

import asyncio
from random import getrandbits
from typing import Protocol

from lobby.runtime.slot_timer import SlotTimer

SLOTS_PER_INTERVAL = 20
"""A ping comes up to a twentieth of the interval late: sockets that are due in the same slot share a timer."""
PINGS_PER_TURN = 64
"""So many pings take about 0.5 ms. Thousands of sockets that connected together are spread over turns of the event loop."""


class PingedSocket(Protocol):
    """A socket that is pinged."""

    ping_sent_at: float
    """The time of the event loop, in seconds."""

    @property
    def is_pong_missing(self) -> bool:
        """True from a ping to its pong."""

    def send_ping(self) -> None:
        """Send a ping, if the socket is open. Sets `is_pong_missing`."""

    def on_pong_missing(self) -> None:
        """No pong came in time: close the connection."""


class Pings:
    """Pings each socket every `interval_s`, and gives it up `wait_s` after a ping without a pong."""

    def __init__(self, interval_s: float, wait_s: float) -> None:
        self._interval_s = interval_s
        self._wait_s = wait_s
        self._next_s = min(interval_s, wait_s)
        self._timer: SlotTimer[PingedSocket] = SlotTimer(self._next_s / SLOTS_PER_INTERVAL, self._visit, PINGS_PER_TURN)

    def add(self, socket: PingedSocket) -> None:
        """Ping the socket from now on, first after `interval_s`. To be called in the event loop of the server."""
        self._timer.put(socket, asyncio.get_running_loop().time() + self._interval_s)

    def remove(self, socket: PingedSocket) -> None:
        """Nothing happens if the socket is not pinged."""
        self._timer.remove(socket)

    def _visit(self, socket: PingedSocket, now: float) -> None:
        passed_s = now - socket.ping_sent_at
        if not socket.is_pong_missing:
            if passed_s < self._interval_s:
                self._timer.put(socket, socket.ping_sent_at + self._interval_s)
                return
            socket.send_ping()
            self._timer.put(socket, now + self._next_s)
        elif passed_s < self._wait_s:
            self._timer.put(socket, socket.ping_sent_at + self._wait_s)
        else:
            socket.on_pong_missing()


# Whole frames (RFC 6455, section 5.5.2), past the parser of websockets, which keeps nothing of a ping.

PING_BYTES = 4
"""The payload of a ping. The pong has to return it."""
_MASK_BYTES = 4
_PING_HEAD = bytes((0x89, PING_BYTES))
_PONG_HEAD = bytes((0x8A, 0x80 | PING_BYTES))
"""With the bit for a mask, which clients use."""


def new_ping_payload() -> bytes:
    return getrandbits(8 * PING_BYTES).to_bytes(PING_BYTES, "big")


def ping_frame(payload: bytes) -> bytes:
    return _PING_HEAD + payload


def pong_payload(data: bytes) -> bytes | None:
    """The payload, if `data` is exactly one pong with a payload of `PING_BYTES`."""
    if len(data) != len(_PONG_HEAD) + _MASK_BYTES + PING_BYTES or not data.startswith(_PONG_HEAD):
        return None
    mask, masked = data[len(_PONG_HEAD) : -PING_BYTES], data[-PING_BYTES:]
    return bytes(a ^ b for a, b in zip(mask, masked, strict=True))
