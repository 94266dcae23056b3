"""Limits on connections, and the address that a client counts under.

There are limits on TCP connections by address, on sockets and event streams by address and player, and on file descriptors.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from starlette.types import Scope

from lobby.domain.values import PlayerId
from lobby.limits.count_limiter import CountLimiter, LimitReached

NO_ADDRESS = ""
"""The address of a client that has none, as over a Unix socket. Rate limits and connection limits do not apply to it."""
SHARED_PREFIX = "shared "
"""The start of the key of a client behind a shared address, see `web.connections.shared_addresses`."""
PREFIX_BITS = 64
"""One customer of a network has at least a /64 of IPv6 addresses (RFC 6177), so such a block counts as one address."""


def address_of(scope: Scope) -> str:
    """The client's address. Behind trusted proxies uvicorn has replaced it by the address that they report."""
    client = scope.get("client")
    return address_key(client[0]) if client else NO_ADDRESS


def is_shared_key(key: str) -> bool:
    return key.startswith(SHARED_PREFIX)


@lru_cache(maxsize=4_096)
def address_key(host: str) -> str:
    """The key that a host is counted under: its IPv4 address or IPv6 /64. A text that is no address is its own key, cut to 64
    characters."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host[:64]
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    block = int(address) >> (128 - PREFIX_BITS) << (128 - PREFIX_BITS)
    return f"{IPv6Address(block)}/{PREFIX_BITS}"


try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """Limits of a TCP connection whose request is not known yet.

    `head_wait_s`: how long a request's head may take, from the start of the connection or from its own first byte.
    `keep_alive_s`: how long a connection may be idle between two requests. Proxies keep idle connections for 60 s, and lose
    a request that they send at the moment when this server closes one.
    `head_bytes_max`: how long the head may be. uvicorn 0.54 with httptools limits neither.

    `connections_max` counts TCP connections in all, `connections_per_address_max` those of one address as the kernel
    sees it. That is the proxy's address behind a proxy, so None (no limit) is for servers behind one. A connection too
    many gets a 503 when its request arrives within `refused_wait_s`. If it were closed at once, with its request unread,
    the client would see a reset.

    A body longer than `body_bytes_max` is not read; the connection ends `unread_wait_s` after the response, see
    `web.connections.lingering_close`.
    """

    head_wait_s: float = 10.0
    keep_alive_s: int = 75
    head_bytes_max: int = 32_768
    refused_wait_s: float = 1.0
    body_bytes_max: int = 65_536
    unread_wait_s: float = 1.0
    connections_max: int = 20_000
    connections_per_address_max: int | None = 1_024


class TcpConnectionLimiter:
    """The TCP connections of one server, in all and by `address_key`."""

    def __init__(self, limits: HeadLimits) -> None:
        self._connections_max = limits.connections_max
        self._by_address = CountLimiter[str](limits.connections_per_address_max, "")
        self._count = 0

    def try_acquire(self, address: str) -> bool:
        """Count a connection and return True; return False if there is no room for it. Each success needs one `release`."""
        if self._count >= self._connections_max or not self._by_address.try_acquire(address):
            return False
        self._count += 1
        return True

    def release(self, address: str) -> None:
        self._count -= 1
        self._by_address.release(address)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The limits of sockets and event streams."""

    connections_max: int = 10_000
    per_address_max: int = 256
    per_player_max: int = 32


class TooManyConnections(LimitReached):
    """There is no room for a connection. The message is for the client, which may try again later."""


class ConnectionLimiter:
    """The sockets and event streams of one server: in all, by address and by player."""

    def __init__(self, limits: ConnectionLimits | None = None) -> None:
        limits = limits or ConnectionLimits()
        self._connections_max = limits.connections_max
        self._count = 0
        per_address, per_player = limits.per_address_max, limits.per_player_max
        self._by_address = CountLimiter[str](per_address, f"An address has at most {per_address} connections.")
        self._by_player = CountLimiter[PlayerId](per_player, f"A player has at most {per_player} connections.")

    @contextmanager
    def acquire(self, address: str) -> Iterator[ConnectionSlot]:
        """Count a connection from an address while the context lasts. Raises `TooManyConnections`."""
        if self._count >= self._connections_max:
            raise TooManyConnections("The server has as many connections as it takes.")
        if address != NO_ADDRESS:
            _acquire(self._by_address, address)
        self._count += 1
        slot = ConnectionSlot(self, address)
        try:
            yield slot
        finally:
            slot.assign_player(None)
            self._count -= 1
            slot.leave_address()

    def release_address(self, address: str) -> None:
        self._by_address.release(address)

    def move(self, before: PlayerId | None, after: PlayerId | None) -> None:
        """Count a connection for another player than before. Raises `TooManyConnections`, and then changes nothing."""
        if after is not None:
            _acquire(self._by_player, after)
        if before is not None:
            self._by_player.release(before)


class ConnectionSlot:
    """One counted connection."""

    def __init__(self, limiter: ConnectionLimiter, address: str = NO_ADDRESS) -> None:
        self._limiter = limiter
        self._address = address
        self._player_id: PlayerId | None = None

    def assign_player(self, player_id: PlayerId | None) -> None:
        """Count the connection for this player from here on; behind a shared address for the player alone.

        Raises `TooManyConnections`.
        """
        if player_id != self._player_id:
            self._limiter.move(self._player_id, player_id)
            self._player_id = player_id
        if player_id is not None and is_shared_key(self._address):
            self.leave_address()

    def leave_address(self) -> None:
        """Count the connection for its address no longer. A second call does nothing."""
        address, self._address = self._address, NO_ADDRESS
        if address != NO_ADDRESS:
            self._limiter.release_address(address)


def _acquire(limiter: CountLimiter[str], key: str) -> None:
    try:
        limiter.acquire(key)
    except LimitReached as error:
        raise TooManyConnections(str(error)) from None


DESCRIPTORS_KEPT_FREE = 64
"""File descriptors for everything that is no connection: the store's files, the listening socket, what libraries open."""


def fit_descriptors(connections_max: int) -> int:
    """`connections_max`, or as many connections as there are file descriptors for.

    Many systems start processes with 1,024 descriptors. Once they are used up nobody is answered, not even with an
    error. The soft limit is raised as far as it may be.
    """
    if resource is None:
        return connections_max
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections_max + DESCRIPTORS_KEPT_FREE
    raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < raised:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
    return (
        connections_max
        if soft == resource.RLIM_INFINITY
        else max(1, min(connections_max, soft - DESCRIPTORS_KEPT_FREE))
    )
