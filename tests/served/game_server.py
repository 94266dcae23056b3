"""A game server for tests: it asks over HTTP with the service key, by its own documents."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.needs import ROOT
from tools.demo.address import Address
from tools.demo.answers import Answer, or_raise
from tools.demo.http_client import HttpClient, http_client
from web.graphql.execution.client_documents import client_documents

KEY = "the key of a game server in the tests"
DOCUMENTS = client_documents(Path(ROOT / "client_queries/game_server"))


class GameServer:
    def __init__(self, client: HttpClient, session_id: str) -> None:
        self._client = client
        self.session_id = session_id

    async def tries(self, operation: str, **fields: Any) -> Answer:
        """Rejection or not."""
        answer: Answer = await self._client.run(operation, {"input": {"sessionId": self.session_id, **fields}})
        return answer

    async def does(self, operation: str, **fields: Any) -> Answer:
        """Raises `Refused`."""
        return or_raise(await self.tries(operation, **fields))


@asynccontextmanager
async def game_server(address: Address, session_id: str) -> AsyncIterator[GameServer]:
    async with http_client(address, DOCUMENTS) as client:
        yield GameServer(client.as_player(KEY), session_id)
