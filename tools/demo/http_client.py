"""GraphQL over HTTP: one POST per operation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tools.demo.address import Address
from tools.demo.answers import Answer, NoAnswer, only_field

REQUEST_WAIT_S = 10.0
CONNECTIONS_MAX = 20


class HttpClient:
    """Sends the documents of `client_queries/` by their operation names, with an access token or without."""

    def __init__(self, connections: Connections, url: str, documents: Mapping[str, str], token: str | None) -> None:
        self._connections = connections
        self._url = url
        self._documents = documents
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def run(self, operation: str, variables: Answer | None = None) -> Any:
        """The value of the root field of the operation. Raises `NoAnswer` or `RequestFailed`."""
        body = {"query": self._documents[operation], "operationName": operation, "variables": variables or {}}
        try:
            async with self._connections.one() as http:
                response = await http.post(self._url, json=body, headers=self._headers)
            payload = response.json()
        except httpx.TransportError as error:
            raise NoAnswer(f"No lobby server answers at {self._url}.") from error
        except ValueError as error:
            raise NoAnswer(f"The server at {self._url} is not a lobby server.") from error
        if not isinstance(payload, dict) or not payload.keys() & {"data", "errors"}:
            raise NoAnswer(f"The server at {self._url} is not a lobby server.")
        return only_field(payload)

    async def get(self, path: str) -> Answer:
        """The JSON object at another path of the server. Raises `NoAnswer`."""
        try:
            async with self._connections.one() as http:
                response = await http.get(httpx.URL(self._url).copy_with(path=path))
            answer: Answer = response.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise NoAnswer(f"No lobby server answers at {self._url}.") from error
        return answer

    def as_player(self, token: str) -> HttpClient:
        """A client for a player, over the same connections."""
        return HttpClient(self._connections, self._url, self._documents, token)


class Connections:
    """Up to `connections_max` connections to a server; further requests wait. The connection that was used last is used first.

    Each is a client of httpx with one connection. In a client with many, httpcore 1.0 looks at each of them for each request that
    waits, whenever a request begins or ends: with 200 connections that took a program all of its time.
    """

    def __init__(self, connections_max: int, *, trust_env: bool) -> None:
        context = httpx.create_ssl_context(trust_env=trust_env)
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        self._free = [
            httpx.AsyncClient(timeout=REQUEST_WAIT_S, trust_env=trust_env, limits=limits, verify=context)
            for _ in range(connections_max)
        ]
        self._all = tuple(self._free)
        self._turns = asyncio.Semaphore(connections_max)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client that nobody else uses until the end of the block."""
        async with self._turns:
            client = self._free.pop()
            try:
                yield client
            finally:
                self._free.append(client)

    async def close(self) -> None:
        for client in self._all:
            await client.aclose()


@asynccontextmanager
async def http_client(
    address: Address, documents: Mapping[str, str], connections_max: int = CONNECTIONS_MAX
) -> AsyncIterator[HttpClient]:
    """A client without a token. Its connections, up to `connections_max`, are closed at the end of the block."""
    connections = Connections(connections_max, trust_env=not address.is_loopback)
    try:
        yield HttpClient(connections, address.http, documents, token=None)
    finally:
        await connections.close()
