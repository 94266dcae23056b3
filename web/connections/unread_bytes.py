"""Bounds what clients leave unread: bytes that were written to a connection and that its client does not take.

A client that asks for large answers and reads none of them keeps each in memory here, behind the kernel's buffer. So connections
whose write buffer is over its high-water mark (64 KiB) are counted with all that they hold, by address and in all.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from web.connections.connection_limits import NO_ADDRESS, address_key
from web.connections.open_connections import abort

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UnreadLimits:
    """`per_address_max` and `total_max` are in bytes. The kernel sees proxies' addresses alone, so None (no limit) is for
    servers behind one. A connection that takes nothing for `stalled_send_s` is dropped."""

    per_address_max: int | None = 33_554_432
    total_max: int = 268_435_456
    stalled_send_s: float = 20.0


class UnreadBytes:
    """The connections of one server whose clients leave bytes unread, by address."""

    def __init__(self, limits: UnreadLimits | None = None, key_of_host: Callable[[str], str] = address_key) -> None:
        """`key_of_host`: the key under which the connections of an address are counted."""
        self.limits = limits or UnreadLimits()
        self.key_of_host = key_of_host
        self._stalled: dict[str, dict[StalledConnection, int]] = {}
        """The bytes of each connection, those first that stopped first."""
        self._by_address: Counter[str] = Counter()
        self._total = 0
        self.dropped = 0
        """How many connections were dropped, because their clients stopped reading or left too many bytes unread."""

    def add(self, address: str, connection: StalledConnection, size: int) -> None:
        """Count the bytes of a connection until `remove`. Past a limit, drop connections: those that stopped first.

        A client that reads, and shares its address with one that does not, so gets its answer.
        """
        self._stalled.setdefault(address, {})[connection] = size
        self._by_address[address] += size
        self._total += size
        per_address_max = self.limits.per_address_max
        while per_address_max is not None and address != NO_ADDRESS and self._by_address[address] > per_address_max:
            self._drop_first(address)
        while self._total > self.limits.total_max:
            self._drop_first(self._by_address.most_common(1)[0][0])

    def remove(self, address: str, connection: StalledConnection) -> None:
        """Nothing happens if the connection is not counted any more."""
        size = self._stalled.get(address, {}).pop(connection, None)
        if size is None:
            return
        self._total -= size
        self._by_address[address] -= size
        if not self._stalled[address]:
            del self._stalled[address], self._by_address[address]

    def _drop_first(self, address: str) -> None:
        connection = next(iter(self._stalled[address]))
        self.remove(address, connection)
        self.dropped += 1
        log.info("dropped a connection of %s: its clients leave too many bytes unread", address)
        connection.drop()


class StalledConnection(Protocol):
    """A connection whose write buffer is full."""

    def drop(self) -> None: ...


class CountsUnread:
    """Put in front of a protocol of asyncio: counts its connection while the write buffer is full, and drops it past a limit."""

    unread_bytes = UnreadBytes()
    """Shared by all connections of a server."""
    _stalled: _StalledWrite | None = None

    def pause_writing(self) -> None:
        cast(Any, super()).pause_writing()
        self._stalled = _StalledWrite(cast(Any, self).transport, self.unread_bytes)

    def resume_writing(self) -> None:
        self._end_stall()
        cast(Any, super()).resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_stall()
        cast(Any, super()).connection_lost(exc)

    def _end_stall(self) -> None:
        if self._stalled is not None:
            self._stalled.end()
            self._stalled = None


class _StalledWrite:
    """One connection from the moment that its write buffer is full until it has room again."""

    __slots__ = ("_address", "_size", "_timer", "_transport", "_unread")

    def __init__(self, transport: asyncio.Transport, unread: UnreadBytes) -> None:
        peer = transport.get_extra_info("peername")
        self._address = unread.key_of_host(peer[0]) if isinstance(peer, tuple) else NO_ADDRESS
        self._transport = transport
        self._unread = unread
        self._size = transport.get_write_buffer_size()
        self._timer = asyncio.get_running_loop().call_later(unread.limits.stalled_send_s, self._check_progress)
        unread.add(self._address, self, self._size)

    def end(self) -> None:
        self._timer.cancel()
        self._unread.remove(self._address, self)

    def drop(self) -> None:
        self._timer.cancel()
        abort(self._transport)

    def _check_progress(self) -> None:
        size = self._transport.get_write_buffer_size()
        if size >= self._size:
            self._unread.dropped += 1
            log.info("dropped a connection of %s, which stopped reading", self._address)
            self.drop()
            return
        self._size = size
        self._timer = asyncio.get_running_loop().call_later(self._unread.limits.stalled_send_s, self._check_progress)
