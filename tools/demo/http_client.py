"""GraphQL over HTTP: one POST an operation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from lobby.demo.address import Address
from lobby.demo.answers import Answer, NoAnswer, only_field

REQUEST_WAIT_S = 10.0


class HttpClient:
    """Sends the documents of `client_queries/` by their operation names, as a stranger or with an access token."""

    def __init__(self, http: httpx.AsyncClient, url: str, documents: Mapping[str, str], token: str | None) -> None:
        self._http = http
        self._url = url
        self._documents = documents
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def run(self, operation: str, variables: Answer | None = None) -> Any:
        """The value of the operation's root field. Raises `NoAnswer` or `RequestFailed`."""
        body = {"query": self._documents[operation], "operationName": operation, "variables": variables or {}}
        try:
            response = await self._http.post(self._url, json=body, headers=self._headers)
            payload = response.json()
        except httpx.TransportError as error:
            raise NoAnswer(f"No lobby server answers at {self._url}.") from error
        except ValueError as error:
            raise NoAnswer(f"What answers at {self._url} is not a lobby server.") from error
        if not isinstance(payload, dict) or not payload.keys() & {"data", "errors"}:
            raise NoAnswer(f"What answers at {self._url} is not a lobby server.")
        return only_field(payload)

    def signed_in(self, token: str) -> HttpClient:
        """The same connections, in the name of a player."""
        return HttpClient(self._http, self._url, self._documents, token)


@asynccontextmanager
async def http_client(address: Address, documents: Mapping[str, str]) -> AsyncIterator[HttpClient]:
    """A stranger's client; its connections are closed at the end of the block."""
    async with httpx.AsyncClient(timeout=REQUEST_WAIT_S, trust_env=not address.is_loopback) as http:
        yield HttpClient(http, address.http, documents, token=None)
