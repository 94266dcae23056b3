"""What `Link` asks of whoever knows where the servers are."""

from __future__ import annotations

from typing import Any, Protocol

Argument = str | bytes | int


class Servers(Protocol):
    """One server or a cluster. Its own errors pass through; `Link` knows what they mean."""

    async def ask(self, slot: int, command: tuple[Argument, ...]) -> Any:
        """To the server that has `slot`."""

    async def close(self) -> None:
        """Lets go of all connections."""
