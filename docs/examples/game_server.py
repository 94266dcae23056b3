"""A game server without a game. docs/game-servers.md explains its messages.

    LOBBY_SERVICE_KEY=... python docs/examples/game_server.py --lobby http://127.0.0.1:8000 --session <id>

Needs httpx and pyjwt[crypto]. Players send lines of text over TCP. The first line is the ticket; the answer is
`welcome <player id> <class>` or `no <reason>`. Then `floor 3` reports a floor, `quit` leaves, `win <outcome>` ends the run.
After a lost connection a player may return with a fresh ticket.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx
import jwt

ISSUER = "adventurebot2-lobby"
KEYS_KEPT_S = 300.0
KEYS_ASKED_AGAIN_S = 5.0
TRIES = 6
LINE_BYTES_MAX = 8192
ANSWER = "{ __typename ... on SessionChanged { session { status } } ... on Rejection { code message retryable } }"
INPUTS = {
    "heartbeatSession": "SessionActionInput",
    "spendTicket": "SpendTicketInput",
    "reportPlayers": "ReportPlayersInput",
    "updateSession": "UpdateSessionInput",
    "completeSession": "CompleteSessionInput",
}


class Refused(Exception):
    """The lobby, or this server, refuses a request."""

    def __init__(self, code: str, retryable: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable


class Lobby:
    """The lobby as one session's game server sees it."""

    def __init__(self, http: httpx.AsyncClient, service_key: str, session_id: str) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {service_key}"}
        self.session_id = session_id

    async def does(self, mutation: str, **fields: Any) -> None:
        """One mutation, once: no answer, or UNAVAILABLE, and it is sent again with the same key. Raises `Refused`."""
        query = f"mutation Act($input: {INPUTS[mutation]}!) {{ {mutation}(input: $input) {ANSWER} }}"
        given = {"sessionId": self.session_id, "idempotencyKey": str(uuid4()), **fields}
        for attempt in range(TRIES):
            answer = await self._asked({"query": query, "variables": {"input": given}})
            if answer is not None and answer.get("code") not in ("UNAVAILABLE", "RATE_LIMITED"):
                break
            await asyncio.sleep(0.25 * 2**attempt)
        else:
            raise Refused("UNAVAILABLE", retryable=True)
        if answer["__typename"] == "Rejection":
            raise Refused(answer["code"], answer["retryable"])

    async def _asked(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """None if no answer came, or the lobby failed."""
        try:
            response = await self._http.post("/graphql", json=body, headers=self._headers)
            response.raise_for_status()
        except httpx.HTTPError:
            return None
        answer = response.json()
        if "errors" in answer:
            raise Refused(answer["errors"][0]["extensions"]["code"])
        root: dict[str, Any] = next(iter(answer["data"].values()))
        return root

    async def key_set(self) -> jwt.PyJWKSet:
        response = await self._http.get("/.well-known/jwks.json")
        return jwt.PyJWKSet.from_dict(response.raise_for_status().json())


class Tickets:
    """Checks tickets offline, with the published keys of the lobby, which it caches."""

    def __init__(self, lobby: Lobby) -> None:
        self._lobby = lobby
        self._keys: jwt.PyJWKSet | None = None
        self._asked_at = -KEYS_KEPT_S

    async def checked(self, ticket: str) -> dict[str, Any]:
        """The claims of a valid ticket into this session. Raises `Refused` for any other."""
        try:
            key = await self._key(jwt.get_unverified_header(ticket).get("kid"))
            needed: Any = {"require": ["exp", "sub", "jti", "session"]}
            claims: dict[str, Any] = jwt.decode(ticket, key, algorithms=["EdDSA"], issuer=ISSUER, options=needed)
        except (jwt.PyJWTError, KeyError):
            raise Refused("bad ticket") from None
        if claims["session"] != self._lobby.session_id:
            raise Refused("ticket for another session")
        return claims

    async def _key(self, key_id: Any) -> jwt.PyJWK:
        """An unknown key may be new. But a stranger must not cause a request to the lobby with each bad ticket."""
        age_s = time.monotonic() - self._asked_at
        is_known = self._keys is not None and any(key.key_id == key_id for key in self._keys.keys)
        if age_s >= KEYS_KEPT_S or (not is_known and age_s >= KEYS_ASKED_AGAIN_S):
            self._asked_at = time.monotonic()
            with suppress(httpx.HTTPError):  # the lobby restarts: the cached keys are still valid
                self._keys = await self._lobby.key_set()
        if self._keys is None:
            raise Refused("no keys yet", retryable=True)
        return self._keys[key_id]


class GameServer:
    """One run: lets players in, and reports the run to the lobby."""

    def __init__(self, lobby: Lobby, heartbeat_s: float) -> None:
        self._lobby = lobby
        self._heartbeat_s = heartbeat_s
        self._tickets = Tickets(lobby)
        self._inside: dict[str, asyncio.StreamWriter] = {}
        self.over = asyncio.Event()

    async def beats(self) -> None:
        """Says that we are there, until the lobby says that the session is over. Without it we would be given up after 60 s."""
        while not self.over.is_set():
            try:
                await self._lobby.does("heartbeatSession")
            except Refused as no:
                if not no.retryable:
                    self.over.set()
                    return
            await asyncio.sleep(self._heartbeat_s)

    async def meets(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One player's connection, from the ticket to the end."""
        player_id = None
        try:
            ticket = (await reader.readline()).decode("ascii", "replace").strip()
            player_id, greeting = await self._let_in(ticket, writer)
            writer.write(f"{greeting}\n".encode())
            while line := (await reader.readline()).decode("utf-8", "replace").strip():
                await self._plays(player_id, line)
                if line == "quit":
                    break
        except Refused as no:
            writer.write(f"no {no.code}\n".encode())
        except (ConnectionError, ValueError):
            pass  # cut off, or a line that is too long
        finally:
            if player_id is not None and self._inside.get(player_id) is writer:
                del self._inside[player_id]
            writer.close()

    async def _let_in(self, ticket: str, writer: asyncio.StreamWriter) -> tuple[str, str]:
        """First what costs nothing, the check offline; then the lobby, for which each ticket counts once."""
        claims = await self._tickets.checked(ticket)
        await self._lobby.does("spendTicket", ticket=ticket)
        player_id = str(claims["sub"])
        before = self._inside.pop(player_id, None)
        if before is not None:
            before.close()  # back from a crash: the old connection is of no use to anybody
        self._inside[player_id] = writer
        return player_id, f"welcome {player_id} {claims.get('class') or '-'}"

    async def _plays(self, player_id: str, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "floor" and rest.isdigit():
            await self._lobby.does("updateSession", floor=int(rest))
        elif word == "quit":
            await self._lobby.does("reportPlayers", left=[player_id])
        elif word == "win":
            await self._lobby.does("completeSession", outcome=rest or None)
            self.over.set()

    def closes(self) -> None:
        for writer in self._inside.values():
            writer.close()


async def run(lobby_url: str, session_id: str, host: str, port: int, heartbeat_s: float, reports: bool) -> None:
    async with httpx.AsyncClient(base_url=lobby_url, timeout=5.0, trust_env=False) as http:
        lobby = Lobby(http, os.environ["LOBBY_SERVICE_KEY"], session_id)
        game = GameServer(lobby, heartbeat_s)
        listening = await asyncio.start_server(game.meets, host, port, limit=LINE_BYTES_MAX)
        address = listening.sockets[0].getsockname()
        print(f"listening {address[0]} {address[1]}", flush=True)
        beating = asyncio.create_task(game.beats())
        if reports:  # no allocator has reported the address of this game server
            endpoint = {"address": address[0], "port": address[1], "protocol": "udp"}
            with suppress(Refused):  # over already: the heartbeat finds out
                await lobby.does("updateSession", endpoint=endpoint)
        await game.over.wait()
        beating.cancel()
        listening.close()
        game.closes()
    print("over", flush=True)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--lobby", required=True)
    asked.add_argument("--session", required=True)
    asked.add_argument("--host", default="127.0.0.1")
    asked.add_argument("--port", type=int, default=0)
    asked.add_argument("--heartbeat-s", type=float, default=20.0)
    asked.add_argument("--report-endpoint", action="store_true")
    given = asked.parse_args()
    if "LOBBY_SERVICE_KEY" not in os.environ:
        sys.exit("LOBBY_SERVICE_KEY is not set")
    work = run(given.lobby, given.session, given.host, given.port, given.heartbeat_s, given.report_endpoint)
    asyncio.run(work)


if __name__ == "__main__":
    main()
