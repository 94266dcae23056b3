"""The connection of one player: requests over HTTP, a socket for streams, and the tokens for both. All of it is measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import httpx
from websockets.exceptions import ConnectionClosed

from tools.demo.address import Address
from tools.demo.answers import Answer, NoAnswer, RequestFailed
from tools.demo.http_client import HttpClient
from tools.demo.reconnecting_socket import ReconnectingSocket
from tools.demo.socket_client import SocketClient, socket_client
from tools.load.advice import NOT_A_LOBBY, TIMEOUT
from tools.load.figures import RATE_LIMITED, Figures

ATTEMPTS_MAX = 5
RETRY_S = 0.5
RATE_WAIT_MAX_S = 30.0
RECONNECTS_MAX = 1_000_000
REFRESH_AFTER = 0.8
"""The share of an access token's life after which the player gets a new one."""
REFRESH_RETRY_S = 5.0
SOCKET = "socket"
"""The name under which errors of opening a socket are counted."""


@dataclass(frozen=True, slots=True)
class Server:
    """The server under load. `clock_ms`: how far its clock is ahead of this machine's."""

    address: Address
    documents: Mapping[str, str]
    http: HttpClient
    clock_ms: float
    openings: asyncio.Semaphore
    """Bounds how many sockets are being opened at once: all players are in one process."""

    def now_ms(self) -> float:
        """The time by the server's clock, in ms since 1970."""
        return time.time() * 1000 + self.clock_ms


class PlayerConnection:
    """`keep_open` and `keep_signed_in` must run beside it."""

    def __init__(self, server: Server, credentials: Answer, figures: Figures, random: Random) -> None:
        self._server = server
        self._figures = figures
        self._random = random
        self._is_cut = False
        self.opened_at_ms = 0.0
        """When the socket was opened, by the server's clock."""
        self.socket = ReconnectingSocket(self._open_socket, attempts_max=RECONNECTS_MAX)
        self._sign_in(credentials)

    def _sign_in(self, credentials: Answer) -> None:
        self._token: str = credentials["accessToken"]
        self._refresh_token: str = credentials["refreshToken"]
        expires_at = datetime.fromisoformat(credentials["expiresAt"]).timestamp()
        self._token_s = max(expires_at - self._server.now_ms() / 1000, 1.0)
        self._http = self._server.http.as_player(self._token)

    async def query(self, operation: str, **variables: Any) -> Any:
        """The value of the root field; None if there was no answer, which is counted as an error."""
        return await self._attempt(operation, variables)

    async def mutate(self, operation: str, **fields: Any) -> Answer | None:
        """The accepted answer; None after a Rejection or an error, which are counted.

        A request without an answer, or one that the server wants later, is repeated with the same idempotency key.
        """
        key = str(UUID(int=self._random.getrandbits(128), version=4))
        variables = {"input": {**fields, "idempotencyKey": key}}
        for _ in range(ATTEMPTS_MAX):
            answer = await self._attempt(operation, variables)
            if answer is None:
                await asyncio.sleep(RETRY_S)
            elif answer["__typename"] != "Rejection":
                accepted: Answer = answer
                return accepted
            elif answer["code"] != RATE_LIMITED:
                self._figures.rejections[operation, answer["code"]] += 1
                return None
            else:
                await asyncio.sleep(min((answer["retryAfterMs"] or 1000) / 1000, RATE_WAIT_MAX_S))
        return None

    async def _attempt(self, operation: str, variables: Answer) -> Any:
        began_at = time.perf_counter()
        try:
            answer = await self._http.run(operation, variables)
        except (NoAnswer, RequestFailed) as error:
            self._figures.add_error(operation, error_code(error))
            return None
        if isinstance(answer, dict) and answer.get("code") == RATE_LIMITED:
            self._figures.add_error(operation, RATE_LIMITED)
        else:
            self._figures.add_request(operation, (time.perf_counter() - began_at) * 1000)
        return answer

    async def keep_signed_in(self) -> None:
        """Get a new access token before the old one expires, until cancelled. Open sockets stay open."""
        while True:
            await asyncio.sleep(self._token_s * self._random.uniform(REFRESH_AFTER - 0.2, REFRESH_AFTER))
            answer = None
            while answer is None or answer["__typename"] == "Rejection":
                answer = await self._attempt("RefreshCredentials", {"refreshToken": self._refresh_token})
                if answer is None or answer["__typename"] == "Rejection":
                    await asyncio.sleep(REFRESH_RETRY_S)
            self._sign_in(answer["credentials"])

    async def keep_open(self) -> None:
        """Open the socket again whenever it is lost, until cancelled."""
        await self.socket.keep_open()

    async def reconnect(self, away_s: float) -> None:
        """Cut the socket as a dead network would, and come back after some time."""
        self._is_cut = True
        self._figures.sockets_cut += 1
        with self.socket.offline():
            await asyncio.sleep(away_s)

    @asynccontextmanager
    async def _open_socket(self) -> AsyncIterator[SocketClient]:
        figures, server = self._figures, self._server
        async with AsyncExitStack() as stack:
            try:
                async with server.openings:
                    began_at = time.perf_counter()
                    opening = socket_client(server.address, server.documents, self._token, ping_s=None)
                    client = await stack.enter_async_context(opening)
            except NoAnswer as error:
                figures.add_error(SOCKET, error_code(error))
                raise
            figures.connects.add((time.perf_counter() - began_at) * 1000)
            figures.sockets_opened += 1
            figures.connected += 1
            self._is_cut = False
            self.opened_at_ms = server.now_ms()
            try:
                yield client
                if not self._is_cut:
                    figures.sockets_lost += 1
            finally:
                figures.connected -= 1


def error_code(error: Exception) -> str:
    """One word for what went wrong: a code of the server, or what happened to the connection."""
    if isinstance(error, RequestFailed):
        return error.code
    cause = error.__cause__
    if isinstance(cause, ConnectionClosed):
        return f"CLOSED_{cause.rcvd.code}" if cause.rcvd is not None else "CONNECTION_LOST"
    if isinstance(cause, httpx.TimeoutException | TimeoutError):
        return TIMEOUT
    if isinstance(cause, httpx.TransportError | OSError):
        return "NO_CONNECTION"
    return NOT_A_LOBBY
