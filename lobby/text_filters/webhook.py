"""Asks an HTTP service of the operator if texts may be shown. docs/moderation.md describes the service."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec

from lobby.domain.values import PlayerId
from lobby.ports import Clock
from lobby.runtime.ids import new_id
from lobby.runtime.repeated_warning import RepeatedWarning
from lobby.runtime.webhook_signing import signed_headers

log = logging.getLogger(__name__)

CONNECTIONS_MAX = 64
"""Connections to the service at the same time. Further requests wait, within their time."""
RESPONSE_BYTES_MAX = 16 * 1024


class _Response(msgspec.Struct, frozen=True):
    refused: list[int] = []
    """The indexes of the texts that may not be shown."""


class _NoAnswer(Exception):
    """The service has not answered in time, or in another form."""


class WebhookFilter:
    """Sends the texts of one action as a signed POST, once. See `lobby.ports.TextFilter`."""

    def __init__(self, url: str, key: bytes, timeout_s: float, refuses_without_answer: bool, clock: Clock) -> None:
        """`timeout_s`: the time limit of a whole request, from waiting for a connection to the end of the response."""
        self._url = url
        self._key = key
        self._timeout_s = timeout_s
        self._refuses_without_answer = refuses_without_answer
        self._clock = clock
        self._failures = RepeatedWarning(log)
        # The service is in the operator's network, so a proxy from the environment must not be used.
        limits = httpx.Limits(max_connections=CONNECTIONS_MAX)
        self._http = httpx.AsyncClient(timeout=timeout_s, limits=limits, trust_env=False)

    async def first_refused(self, texts: Sequence[str], author_id: PlayerId | None) -> int | None:
        if not texts:
            return None
        try:
            refused = await self._ask({"type": "texts", "player_id": author_id, "texts": list(texts)})
        except _NoAnswer as error:
            self._failures.log("the text filter gave no answer: %s", error)
            return 0 if self._refuses_without_answer else None
        return min((index for index in refused if 0 <= index < len(texts)), default=None)

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self, message: dict[str, Any]) -> list[int]:
        """Raises `_NoAnswer`."""
        body = msgspec.json.encode(message)
        headers = signed_headers(self._key, f"texts.{new_id()}", self._clock.now() // 1000, body)
        headers["content-type"] = "application/json"
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._http.stream("POST", self._url, content=body, headers=headers) as response,
            ):
                return _read(response.status_code, await _read_body(response))
        except TimeoutError as error:
            raise _NoAnswer(f"none within {self._timeout_s} s") from error
        except httpx.HTTPError as error:
            raise _NoAnswer(str(error) or type(error).__name__) from error


async def _read_body(response: httpx.Response) -> bytes:
    """Raises `_NoAnswer` for a body that is too long."""
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > RESPONSE_BYTES_MAX:
            raise _NoAnswer(f"more than {RESPONSE_BYTES_MAX} bytes")
    return body


def _read(status: int, body: bytes) -> list[int]:
    """Raises `_NoAnswer`."""
    if not 200 <= status < 300:
        raise _NoAnswer(f"status {status}")
    try:
        return msgspec.json.decode(body, type=_Response).refused
    except msgspec.DecodeError as error:
        raise _NoAnswer(f"it can't be read: {error}") from error
