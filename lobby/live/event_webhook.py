"""Sends one log entry to an HTTP service of the operator. docs/events.md describes the service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx

from lobby.domain.events import Entry
from lobby.domain.values import PartyId
from lobby.live.event_sender import EventSettings, NotTaken
from lobby.ports import Clock
from lobby.runtime.webhook_signing import parse_secret, signed_headers

RESPONSE_BYTES_MAX = 16 * 1024
"""Of a response that is read, so that its connection can be used again. The text does not matter."""

EncodeEntry = Callable[[Entry], bytes]


class EventWebhook:
    """Sends each entry as a signed POST. An entry that is sent again has the same `webhook-id`."""

    def __init__(self, settings: EventSettings, encode: EncodeEntry, clock: Clock) -> None:
        """`encode`: an entry as the service gets it, in JSON. Raises `ValueError`, which names the setting that is not valid."""
        if settings.url is None or not settings.url.startswith(("http://", "https://")):
            raise ValueError("LOBBY_EVENTS_URL: must begin with http:// or https://")
        try:
            self._key = parse_secret(settings.secret or "")
        except ValueError as error:
            raise ValueError(f"LOBBY_EVENTS_SECRET: {error}") from None
        self._url = settings.url
        self._timeout_s = settings.timeout_s
        self._encode = encode
        self._clock = clock
        # The service is in the operator's network, so a proxy from the environment must not be used.
        limits = httpx.Limits(max_connections=settings.requests_max)
        self._http = httpx.AsyncClient(timeout=settings.timeout_s, limits=limits, trust_env=False)

    async def send(self, party_id: PartyId, entry: Entry) -> None:
        """Return when the service has taken the entry. Raises `NotTaken`."""
        body = self._encode(entry)
        headers = signed_headers(self._key, f"{party_id}.{entry.seq}", self._clock.now() // 1000, body)
        headers["content-type"] = "application/json"
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._http.stream("POST", self._url, content=body, headers=headers) as response,
            ):
                if not 200 <= response.status_code < 300:
                    raise NotTaken(f"status {response.status_code}", _retry_after_ms(response))
                await _read(response)
        except TimeoutError as error:
            raise NotTaken(f"no answer within {self._timeout_s} s") from error
        except httpx.HTTPError as error:
            raise NotTaken(str(error) or type(error).__name__) from error

    async def close(self) -> None:
        await self._http.aclose()


async def _read(response: httpx.Response) -> None:
    """Read what is left of a short response."""
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > RESPONSE_BYTES_MAX:
            return


def _retry_after_ms(response: httpx.Response) -> int | None:
    """The header's value if it is in seconds; None for a date."""
    value = response.headers.get("retry-after", "")
    return int(value) * 1000 if value.isascii() and value.isdecimal() and len(value) < 9 else None
