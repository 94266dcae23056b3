"""What a run needs of the place where things are kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mishap:
    """Something goes wrong and comes right again; `befall` returns then. `share` is its weight among the others."""

    name: str
    share: float
    befall: Callable[[Random], Awaitable[None]]


class Home(Protocol):
    async def open(self) -> None:
        """Before the first server starts."""

    def url_of(self, node: int) -> str:
        """As LOBBY_STORE of server number `node`, from 0."""

    @property
    def truth_url(self) -> str:
        """The way on which nothing goes wrong, for reading the logs at the end."""

    @property
    def left_behind(self) -> Sequence[Path]:
        """Folders with what primaries had on their disks when they died, and others took over from them."""

    def mishaps(self) -> Sequence[Mishap]:
        """What may befall it; nothing, where there is only a file."""

    async def close(self) -> None:
        """Its processes are gone on return; what they kept is not."""
