"""Ways to find a game server for a session, one module for each. See `lobby.ports.Allocator`.

`create_allocator` creates the allocator that the settings name. The default allocates nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from lobby.allocators.static_list import StaticList, parse_servers
from lobby.domain.model import Party
from lobby.ports import Allocation, Allocator, Clock, EndedSession, Store
from lobby.runtime.webhook_signing import parse_secret

Text = TypeVar("Text")
Value = TypeVar("Value")


class NoAllocator:
    """Allocates nothing: the host, who is the leader at first, or a game server reports the endpoint with `updateSession`."""

    needs_release = False

    def __init__(self, players_host: bool = True) -> None:
        """`players_host`: False for sessions without a host, whose endpoint the leader reports."""
        self._players_host = players_host

    @asynccontextmanager
    async def allocate(self, party: Party) -> AsyncIterator[Allocation]:
        yield Allocation(is_hosted=self._players_host)

    async def release(self, ended: EndedSession) -> None:
        """Nothing was allocated."""

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class AllocatorSettings:
    """The operator's settings. `players_host` is for the kind "none", `game_servers` for "static"; `url`, `secret` and
    `timeout_s` are for "webhook"."""

    kind: str
    players_host: bool = True
    game_servers: Sequence[str] = ()
    url: str | None = None
    secret: str | None = None
    timeout_s: float = 5.0


def create_allocator(settings: AllocatorSettings, store: Store, clock: Clock) -> Allocator:
    """Raises `ValueError`, which names the setting that is missing or not valid."""
    if settings.kind == "static":
        return StaticList(_parse("GAME_SERVERS", parse_servers, settings.game_servers), store)
    if settings.kind == "webhook":
        if not settings.url or not settings.url.startswith(("http://", "https://")):
            raise ValueError(
                "LOBBY_ALLOCATOR_URL: LOBBY_ALLOCATOR=webhook needs an address to ask, http:// or https://"
            )
        from lobby.allocators.webhook import Webhook  # httpx is slow to import, and few servers need it

        key = _parse("ALLOCATOR_SECRET", parse_secret, settings.secret or "")
        return Webhook(settings.url, key, settings.timeout_s, clock)
    return NoAllocator(settings.players_host)


def _parse(name: str, parse: Callable[[Text], Value], text: Text) -> Value:
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"LOBBY_{name}: {error}") from None
