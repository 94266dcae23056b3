"""Asks a service of the operator's for a game server, and tells it of the end. Its other side: docs/game-servers.md."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from lobby.allocators.signing import signed_headers
from lobby.domain.model import Endpoint, Party
from lobby.domain.rejections import Rejection
from lobby.domain.rules.endpoints import checked_endpoint
from lobby.ports import Clock, EndedRun, NoPlace, NoPlaceYet, Place

CONNECTIONS_MAX = 64
"""To the service at once; whoever is over waits, and comes again."""
ANSWER_BYTES_MAX = 16 * 1024
RETRY_AFTER_MAX_S = 10.0
TRY_AGAIN = frozenset({408, 425, 429})
"""Of the statuses in the 400s, those that say: later."""
GONE = frozenset({404, 410})
"""What a service may answer that knows nothing of a session which is over anyway."""


class _Endpoint(msgspec.Struct, frozen=True):
    protocol: str
    address: str | None = None
    port: int | None = None
    relay_code: str | None = None


class _Answer(msgspec.Struct, frozen=True):
    """`endpoint` null: the game server reports it itself, with `updateSession`."""

    endpoint: _Endpoint | None


class Webhook:
    """One POST a message, signed; the same `webhook-id` each time a message is sent again. It keeps no state of its own."""

    hears_of_ends = True

    def __init__(self, url: str, key: bytes, timeout_s: float, clock: Clock) -> None:
        self._url = url
        self._key = key
        self._clock = clock
        # Game servers are on the operator's own network: a proxy for the rest of the world is not on the way to them.
        self._http = httpx.AsyncClient(
            timeout=timeout_s,
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            trust_env=False,
        )

    @asynccontextmanager
    async def place(self, party: Party) -> AsyncIterator[Place]:
        assert party.session is not None, "a place is for a session"
        name = party.session.id
        status, answer, retry_after_s = await self._sent(f"allocate.{name}", _allocate(party))
        if status >= 500 or status in TRY_AGAIN or status == 202:
            raise NoPlaceYet(f"the allocation service answered {status}", retry_after_s)
        if not 200 <= status < 300:
            raise NoPlace(f"the allocation service answered {status}")
        yield Place(_endpoint(answer), name)

    async def release(self, run: EndedRun) -> None:
        status, _, retry_after_s = await self._sent(f"ended.{run.session_id}", _ended(run))
        if not (200 <= status < 300 or status in GONE):
            raise NoPlaceYet(f"the allocation service answered {status}", retry_after_s)

    async def close(self) -> None:
        await self._http.aclose()

    async def _sent(self, message_id: str, message: dict[str, Any]) -> tuple[int, bytes, float | None]:
        """Status, body and Retry-After. Raises `NoPlaceYet` where no answer came."""
        body = msgspec.json.encode(message)
        headers = signed_headers(self._key, message_id, self._clock.now() // 1000, body)
        headers["content-type"] = "application/json"
        try:
            async with self._http.stream("POST", self._url, content=body, headers=headers) as response:
                return response.status_code, await _bounded(response), _retry_after_s(response)
        except httpx.HTTPError as error:
            raise NoPlaceYet(f"the allocation service did not answer: {error or type(error).__name__}") from error


def _allocate(party: Party) -> dict[str, Any]:
    session = party.session
    assert session is not None, "a place is for a session"
    players = [
        {
            "player_id": member.player.id,
            "display_name": member.player.display_name,
            "character_class": member.character_class,
        }
        for member in party.members
    ]
    return {
        "type": "allocate",
        "session_id": session.id,
        "party_id": party.id,
        "game_type": session.game_type.value.lower(),
        "difficulty": session.difficulty,
        "players": players,
    }


def _ended(run: EndedRun) -> dict[str, Any]:
    status = run.status.value.lower() if run.status is not None else "cancelled"
    return {
        "type": "ended",
        "session_id": run.session_id,
        "party_id": run.party_id,
        "status": status,
        "outcome": run.outcome,
    }


async def _bounded(response: httpx.Response) -> bytes:
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > ANSWER_BYTES_MAX:
            raise NoPlace(f"the allocation service answered more than {ANSWER_BYTES_MAX} bytes")
    return body


def _retry_after_s(response: httpx.Response) -> float | None:
    """Only in seconds; a date is as good as none."""
    said = response.headers.get("retry-after", "")
    return min(float(said), RETRY_AFTER_MAX_S) if said.isascii() and said.isdigit() else None


def _endpoint(answer: bytes) -> Endpoint | None:
    """Raises `NoPlace` for an endpoint that the rules would not take either."""
    try:
        told = msgspec.json.decode(answer, type=_Answer).endpoint
    except msgspec.DecodeError as error:
        raise NoPlace(f"the allocation service's answer can't be read: {error}") from error
    if told is None:
        return None
    endpoint = checked_endpoint(Endpoint(told.protocol, told.address, told.port, told.relay_code))
    if isinstance(endpoint, Rejection):
        raise NoPlace(f"the allocation service's answer is no endpoint: {endpoint.field}: {endpoint.message}")
    return endpoint
