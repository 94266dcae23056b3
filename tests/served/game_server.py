"""A game server for tests: it asks over HTTP with the service key, by its own documents."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lobby.demo.address import Address
from lobby.demo.answers import Answer, accepted
from lobby.demo.http_client import HttpClient, http_client
from lobby.operations.client_documents import client_documents
from tests.needs import ROOT

KEY = "a game server's key"
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
        return accepted(await self.tries(operation, **fields))


@asynccontextmanager
async def game_server(address: Address, session_id: str) -> AsyncIterator[GameServer]:
    async with http_client(address, DOCUMENTS) as client:
        yield GameServer(client.signed_in(KEY), session_id)
