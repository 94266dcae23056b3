"""GraphQL over HTTP, on connections that are kept and found broken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from chaos.json_value import Json, canonical, parsed
from chaos.players.asking import ANSWER_WAIT_S, NoAnswer, RequestRefused, root_field

OVERLOADED = 503


class HttpWay:
    """One player's HTTP client."""

    name = "http"

    def __init__(self, address: tuple[str, int], documents: Mapping[str, str]) -> None:
        self._url = "http://{}:{}/graphql".format(*address)
        self._documents = documents
        self._client = httpx.AsyncClient(timeout=ANSWER_WAIT_S, trust_env=False)

    async def ask(self, operation: str, variables: Json, token: str | None) -> Any:
        request = {"query": self._documents[operation], "operationName": operation, "variables": variables}
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        try:
            answer = await self._client.post(self._url, content=canonical(request), headers=headers)
            payload = parsed(answer.content)
        except (httpx.HTTPError, ValueError) as error:
            raise NoAnswer(str(error)) from error
        if answer.status_code == OVERLOADED:
            raise NoAnswer("the server is overloaded, or going down")
        if answer.status_code != httpx.codes.OK:
            raise RequestRefused(f"HTTP {answer.status_code}", answer.text)
        return root_field(payload)

    def token_expired(self) -> None:
        """Each request brings its own."""

    async def close(self) -> None:
        await self._client.aclose()
