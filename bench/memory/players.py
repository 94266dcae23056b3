"""Guests in parties of eight."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from lobby.operations.client_documents import client_documents

DOCUMENTS = client_documents(Path(__file__).parents[2] / "client_queries")
PARTY_MEMBERS = 8
AT_ONCE_MAX = 16


@dataclass(frozen=True, slots=True)
class Guest:
    token: str
    party_id: str


class Lobby:
    """Asks over HTTP."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    async def run(self, operation: str, fields: dict[str, Any], token: str = "") -> Any:
        """A mutation's answer; whatever is a no ends the measurement."""
        body = {"query": DOCUMENTS[operation], "operationName": operation, "variables": {"input": fields}}
        headers = {"authorization": f"Bearer {token}"} if token else {}
        payload = (await self._http.post(self._url, json=body, headers=headers)).json()
        answer = next(iter((payload.get("data") or {}).values()), None)
        if answer is None or answer["__typename"] == "Rejection":
            raise SystemExit(f"{operation} was refused: {payload}")
        return answer

    async def guests(self, parties: int) -> list[Guest]:
        """Eight to each party, which the first of them leads."""
        room = asyncio.Semaphore(AT_ONCE_MAX)

        async def party() -> list[Guest]:
            async with room:
                tokens = [await self._token() for _ in range(PARTY_MEMBERS)]
                created = (await self.run("CreateParty", {}, tokens[0]))["party"]
                for token in tokens[1:]:
                    await self.run("JoinById", {"partyId": created["id"]}, token)
                return [Guest(token, created["id"]) for token in tokens]

        return [guest for guests in await asyncio.gather(*(party() for _ in range(parties))) for guest in guests]

    async def _token(self) -> str:
        signed_in = await self.run("SignInAsGuest", {"displayName": "Guest"})
        return str(signed_in["credentials"]["accessToken"])
