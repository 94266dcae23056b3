"""The allocator that the operator chose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lobby.allocators.signing import read_secret
from lobby.allocators.static_list import StaticList, read_list
from lobby.allocators.unallocated import Unallocated
from lobby.allocators.webhook import Webhook
from lobby.ports import Allocator, Clock, Store

Written = TypeVar("Written")
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Choice:
    """As it is set. `game_servers` belong to `static`, the rest to `webhook`."""

    kind: str
    game_servers: Sequence[str] = ()
    url: str | None = None
    secret: str | None = None
    timeout_s: float = 5.0


def chosen(choice: Choice, store: Store, clock: Clock) -> Allocator:
    """Raises `ValueError`, which names the setting that is missing or wrong."""
    if choice.kind == "static":
        return StaticList(_read("GAME_SERVERS", read_list, choice.game_servers), store)
    if choice.kind == "webhook":
        if not choice.url or not choice.url.startswith(("http://", "https://")):
            raise ValueError(
                "LOBBY_ALLOCATOR_URL: LOBBY_ALLOCATOR=webhook needs an address to ask, http:// or https://"
            )
        return Webhook(choice.url, _read("ALLOCATOR_SECRET", read_secret, choice.secret or ""), choice.timeout_s, clock)
    return Unallocated()


def _read(name: str, read: Callable[[Written], Read], written: Written) -> Read:
    try:
        return read(written)
    except ValueError as error:
        raise ValueError(f"LOBBY_{name}: {error}") from None
