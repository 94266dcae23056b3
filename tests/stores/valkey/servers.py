"""What stands between a store and its servers in tests: an answer can get lost there, and a node can die between two calls."""

from __future__ import annotations

from typing import Any

from valkey.exceptions import ConnectionError, ResponseError

from lobby.stores.valkey.servers import Argument, Servers


class LosingAnswers:
    """The next `count` calls are done, and nobody hears of it."""

    def __init__(self, servers: Servers) -> None:
        self.count = 0
        self._servers = servers

    async def ask(self, slot: int, command: tuple[Argument, ...]) -> Any:
        answer = await self._servers.ask(slot, command)
        if self.count > 0:
            self.count -= 1
            raise ConnectionError("as the test wished")
        return answer

    async def close(self) -> None:
        await self._servers.close()


class Mortal:
    """After `calls_left` more calls the node is dead: nothing of what it still wants to say arrives."""

    def __init__(self, servers: Servers) -> None:
        self.calls_left: int | None = None
        self._servers = servers

    async def ask(self, slot: int, command: tuple[Argument, ...]) -> Any:
        if self.calls_left is not None:
            if self.calls_left == 0:
                raise ResponseError("NOREPLICAS for the dead")  # none that is tried again
            self.calls_left -= 1
        return await self._servers.ask(slot, command)

    async def close(self) -> None:
        await self._servers.close()
