"""A store that the run only uses: a file, or something that runs already."""

from __future__ import annotations

from collections.abc import Sequence

from chaos.homes.home import Mishap


class AtUrl:
    """The same for all servers; nothing goes wrong there but what the servers do."""

    def __init__(self, url: str) -> None:
        self.truth_url = url

    async def open(self) -> None:
        pass

    def url_of(self, node: int) -> str:
        return self.truth_url

    def mishaps(self) -> Sequence[Mishap]:
        return ()

    async def close(self) -> None:
        pass
