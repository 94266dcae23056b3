"""Asks an HTTP service of the operator for a game server, and reports the end of the session to it.

docs/game-servers.md describes the service.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from lobby.domain.attributes_and_endpoints import normalize_endpoint
from lobby.domain.model import Endpoint, Party
from lobby.domain.rejections import Rejection
from lobby.ports import Allocation, AllocationFailed, AllocationPending, Clock, EndedSession
from lobby.runtime.webhook_signing import signed_headers

CONNECTIONS_MAX = 64
"""Connections to the service at the same time. Further requests wait, and are retried after a timeout."""
RESPONSE_BYTES_MAX = 16 * 1024
RETRY_AFTER_MAX_S = 10.0
RETRY_STATUSES = frozenset({408, 425, 429})
"""The statuses from 400 to 499 after which the request is sent again."""
GONE_STATUSES = frozenset({404, 410})
"""Statuses that count as success for the end of a session: the service does not know the session any more."""


class _Endpoint(msgspec.Struct, frozen=True):
    protocol: str
    address: str | None = None
    port: int | None = None
    relay_code: str | None = None


class _Response(msgspec.Struct, frozen=True):
    """`endpoint` null: the game server reports its endpoint itself, with `updateSession`."""

    endpoint: _Endpoint | None


class Webhook:
    """Sends each message as a signed POST. A message that is sent again has the same `webhook-id`. It keeps no state."""

    needs_release = True

    def __init__(self, url: str, key: bytes, timeout_s: float, clock: Clock) -> None:
        self._url = url
        self._key = key
        self._clock = clock
        self._timeout_s = timeout_s
        """The time limit of a whole request, from waiting for a connection to the end of the response."""
        # The service is in the operator's network, so a proxy from the environment must not be used.
        self._http = httpx.AsyncClient(
            timeout=timeout_s,
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            trust_env=False,
        )

    @asynccontextmanager
    async def allocate(self, party: Party) -> AsyncIterator[Allocation]:
        assert party.session is not None, "an allocation is for a session"
        session_id = party.session.id
        status, body, retry_after_s = await self._send(f"allocate.{session_id}", _allocate_message(party))
        if status >= 500 or status in RETRY_STATUSES or status == 202:
            raise AllocationPending(f"the allocation service answered {status}", retry_after_s)
        if not 200 <= status < 300:
            raise AllocationFailed(f"the allocation service answered {status}")
        if len(body) > RESPONSE_BYTES_MAX:
            raise AllocationFailed(f"the allocation service answered more than {RESPONSE_BYTES_MAX} bytes")
        yield Allocation(_parse_endpoint(body), session_id)

    async def release(self, ended: EndedSession) -> None:
        status, _, retry_after_s = await self._send(f"ended.{ended.session_id}", _ended_message(ended))
        if not (200 <= status < 300 or status in GONE_STATUSES):
            raise AllocationPending(f"the allocation service answered {status}", retry_after_s)

    async def close(self) -> None:
        await self._http.aclose()

    async def _send(self, message_id: str, message: dict[str, Any]) -> tuple[int, bytes, float | None]:
        """The response's status, body (cut after `RESPONSE_BYTES_MAX` + 1) and Retry-After.

        Raises `AllocationPending` without a response.
        """
        body = msgspec.json.encode(message)
        headers = signed_headers(self._key, message_id, self._clock.now() // 1000, body)
        headers["content-type"] = "application/json"
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._http.stream("POST", self._url, content=body, headers=headers) as response,
            ):
                return response.status_code, await _read_body(response), _retry_after_s(response)
        except TimeoutError as error:
            raise AllocationPending(f"the allocation service did not answer within {self._timeout_s} s") from error
        except httpx.HTTPError as error:
            raise AllocationPending(
                f"the allocation service did not answer: {error or type(error).__name__}"
            ) from error


def _allocate_message(party: Party) -> dict[str, Any]:
    session = party.session
    assert session is not None, "an allocation is for a session"
    players = [
        {
            "player_id": member.player.id,
            "display_name": member.player.display_name,
            "character_class": member.character_class,
            "team": member.team,
        }
        for member in party.members
    ]
    return {
        "type": "allocate",
        "session_id": session.id,
        "party_id": party.id,
        "game_type": session.game_type.value.lower(),
        "difficulty": session.difficulty,
        "region": party.region,
        "seed": str(session.seed) if session.seed is not None else None,
        "players": players,
    }


def _ended_message(ended: EndedSession) -> dict[str, Any]:
    status = ended.status.value.lower() if ended.status is not None else "cancelled"
    return {
        "type": "ended",
        "session_id": ended.session_id,
        "party_id": ended.party_id,
        "status": status,
        "outcome": ended.outcome,
    }


async def _read_body(response: httpx.Response) -> bytes:
    """The body, or its beginning if it is too long: a proxy may send a long page with an error, and its status counts."""
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > RESPONSE_BYTES_MAX:
            break
    return body[: RESPONSE_BYTES_MAX + 1]


def _retry_after_s(response: httpx.Response) -> float | None:
    """The header's value if it is in seconds; None for a date."""
    value = response.headers.get("retry-after", "")
    return min(float(value), RETRY_AFTER_MAX_S) if value.isascii() and value.isdigit() else None


def _parse_endpoint(body: bytes) -> Endpoint | None:
    """Raises `AllocationFailed` for an endpoint that `updateSession` would reject, too."""
    try:
        found = msgspec.json.decode(body, type=_Response).endpoint
    except msgspec.DecodeError as error:
        raise AllocationFailed(f"the allocation service's answer can't be read: {error}") from error
    if found is None:
        return None
    endpoint = normalize_endpoint(Endpoint(found.protocol, found.address, found.port, found.relay_code))
    if isinstance(endpoint, Rejection):
        raise AllocationFailed(f"the allocation service's answer is no endpoint: {endpoint.field}: {endpoint.message}")
    return endpoint
