"""Who holds how many connections."""

from __future__ import annotations

from collections import Counter

from lobby.http.head_limits import HeadLimits

NOBODY = ""
"""Stands for the other end of a connection that has no address, such as that of a Unix socket."""


class Peers:
    """The TCP connections of one server, by the address that the kernel gives."""

    def __init__(self, limits: HeadLimits) -> None:
        self._limits = limits
        self._held: Counter[str] = Counter()
        self._count = 0

    @property
    def count(self) -> int:
        return self._count

    def enter(self, client: tuple[str, int] | None) -> str | None:
        """Count a connection, under the name to give to `leave`; None where there is no room for it."""
        peer = client[0] if client is not None else NOBODY
        most = self._limits.connections_per_peer_max
        if self._count >= self._limits.connections_max or (most is not None and self._held[peer] >= most):
            return None
        self._held[peer] += 1
        self._count += 1
        return peer

    def leave(self, peer: str) -> None:
        self._count -= 1
        self._held[peer] -= 1
        if not self._held[peer]:
            del self._held[peer]
