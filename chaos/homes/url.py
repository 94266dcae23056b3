"""A store that the run only uses: a file, or something that runs already."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chaos.homes.home import Mishap


class AtUrl:
    """The same for all servers; nothing goes wrong there but what the servers do."""

    def __init__(self, url: str) -> None:
        self.truth_url = url

    async def open(self) -> None:
        pass

    def url_of(self, node: int) -> str:
        return self.truth_url

    @property
    def left_behind(self) -> Sequence[Path]:
        return ()

    def mishaps(self) -> Sequence[Mishap]:
        return ()

    async def close(self) -> None:
        pass
