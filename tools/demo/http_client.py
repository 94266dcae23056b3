"""GraphQL over HTTP: one POST per operation."""

from __future__ import annotations

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

    def __init__(self, http: httpx.AsyncClient, url: str, documents: Mapping[str, str], token: str | None) -> None:
        self._http = http
        self._url = url
        self._documents = documents
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def run(self, operation: str, variables: Answer | None = None) -> Any:
        """The value of the root field of the operation. Raises `NoAnswer` or `RequestFailed`."""
        body = {"query": self._documents[operation], "operationName": operation, "variables": variables or {}}
        try:
            response = await self._http.post(self._url, json=body, headers=self._headers)
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
            response = await self._http.get(httpx.URL(self._url).copy_with(path=path))
            answer: Answer = response.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise NoAnswer(f"No lobby server answers at {self._url}.") from error
        return answer

    def as_player(self, token: str) -> HttpClient:
        """A client for a player, over the same connections."""
        return HttpClient(self._http, self._url, self._documents, token)


@asynccontextmanager
async def http_client(
    address: Address, documents: Mapping[str, str], connections_max: int = CONNECTIONS_MAX
) -> AsyncIterator[HttpClient]:
    """A client without a token. Its connections, up to `connections_max`, are closed at the end of the block."""
    limits = httpx.Limits(max_connections=connections_max, max_keepalive_connections=connections_max)
    async with httpx.AsyncClient(timeout=REQUEST_WAIT_S, trust_env=not address.is_loopback, limits=limits) as http:
        yield HttpClient(http, address.http, documents, token=None)
