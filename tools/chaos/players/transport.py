"""One request and its answer, over HTTP or a WebSocket: what both transports have in common, and the HTTP one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from random import Random
from typing import Any, Protocol

import httpx

from tools.chaos.json_value import Json, canonical, parse

ANSWER_WAIT_S = 3.0
"""After this a player takes the request for lost; the server may still be executing it."""
OVERLOADED = 503
BACKOFF_MIN_S = 0.1
BACKOFF_MAX_S = 1.5


class NoAnswer(Exception):
    """The connection failed or the answer took too long. The server may or may not have executed the request."""


class TokenRenewed(NoAnswer):
    """The token had expired, so the server did nothing. A new one is in place."""


class RequestFailed(Exception):
    """The answer has top-level errors, which no rule of the lobby gives. `code` is that of the first one."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


class Transport(Protocol):
    """A connection, or a client that makes connections."""

    @property
    def name(self) -> str:
        """The name in the summary of a run."""

    async def ask(self, operation: str, variables: Json, token: str | None) -> Any:
        """Send one operation and return its root field. Raises `NoAnswer` or `RequestFailed`."""

    def on_token_expired(self) -> None:
        """Called when the server answered that the token has expired."""


class Backoff:
    """Pauses between attempts, with full jitter: each is anything up to a bound that doubles until `reset`.

    Without jitter, clients that were cut off together would come back together.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._failures = 0

    async def pause(self) -> None:
        bound_s = min(BACKOFF_MAX_S, BACKOFF_MIN_S * 2**self._failures)
        self._failures += 1
        await asyncio.sleep(self._random.uniform(0, bound_s))

    def reset(self) -> None:
        self._failures = 0


def root_field(payload: Any) -> Any:
    """The value of the only root field in the answer.

    Raises `RequestFailed` if the answer has errors, `NoAnswer` if it is no GraphQL answer.
    """
    if not isinstance(payload, dict) or not payload.keys() & {"data", "errors"}:
        raise NoAnswer("the answer is no GraphQL answer")
    errors = payload.get("errors")
    if errors:
        code = (errors[0].get("extensions") or {}).get("code", "without a code")
        raise RequestFailed(str(code), str(errors[0].get("message")))
    return next(iter(payload["data"].values()))


class HttpTransport:
    """GraphQL over HTTP for one player, on connections that are kept and may turn out to be broken."""

    name = "http"

    def __init__(
        self, address: tuple[str, int], documents: Mapping[str, str], answer_wait_s: float = ANSWER_WAIT_S
    ) -> None:
        self._url = "http://{}:{}/graphql".format(*address)
        self._documents = documents
        self._client = httpx.AsyncClient(timeout=answer_wait_s, trust_env=False)

    async def ask(self, operation: str, variables: Json, token: str | None) -> Any:
        request = {"query": self._documents[operation], "operationName": operation, "variables": variables}
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        try:
            answer = await self._client.post(self._url, content=canonical(request), headers=headers)
            payload = parse(answer.content)
        except (httpx.HTTPError, ValueError) as error:
            raise NoAnswer(str(error)) from error
        if answer.status_code == OVERLOADED:
            raise NoAnswer("the server is overloaded or draining")
        if answer.status_code != httpx.codes.OK:
            raise RequestFailed(f"HTTP {answer.status_code}", answer.text)
        return root_field(payload)

    def on_token_expired(self) -> None:
        """Nothing to do: each request carries the token of the moment."""

    async def close(self) -> None:
        await self._client.aclose()
