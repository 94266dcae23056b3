"""The part of a player's game that a lobby sees: it connects to the game of the host over TCP, or hosts the run itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count

import jwt

from tools.demo.answers import Answer, Rejected
from tools.demo.bot import NEWS_WAIT_S, Bot

LINE_BYTES_MAX = 8_192
TICKET_WAIT_S = 10.0
"""How long a host waits for the ticket of a player who has connected."""
ISSUER = "adventurebot2-lobby"


class HostedGame:
    """The game of a host: it lets players in by their tickets. It checks them offline, and spends each at the lobby."""

    def __init__(
        self, session_id: str, term: int, keys: jwt.PyJWKSet, spend: Callable[[str], Awaitable[object]]
    ) -> None:
        """`term`: of the host. A ticket for another one is refused. `spend` raises `Rejected` for a ticket that is no good."""
        self.session_id = session_id
        self.term = term
        self.inside: dict[str, asyncio.StreamWriter] = {}
        """The connection of each player, by the player's id."""
        self._keys = keys
        self._spend = spend
        self._server: asyncio.Server | None = None

    async def open(self) -> Answer:
        """The endpoint for `updateSession`."""
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0, limit=LINE_BYTES_MAX)
        address, port = self._server.sockets[0].getsockname()
        return {"address": address, "port": port, "protocol": "udp"}

    def crash(self) -> None:
        """End as the game of a machine that has lost its power: without a word."""
        if self._server is not None:
            self._server.close()
        for writer in self.inside.values():
            writer.transport.abort()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One player's connection, from the ticket to the end."""
        try:
            async with asyncio.timeout(TICKET_WAIT_S):
                ticket = (await reader.readline()).decode("ascii", "replace").strip()
            player_id = self._check(ticket)
            await self._spend(ticket)
            self.inside[player_id] = writer
            writer.write(f"welcome {self.term}\n".encode())
            await reader.read()
        except (jwt.PyJWTError, KeyError, ValueError):
            writer.write(b"no ticket for this game\n")
        except Rejected as rejected:
            writer.write(f"no {rejected.code}\n".encode())
        except (ConnectionError, TimeoutError):
            pass
        finally:
            writer.close()

    def _check(self, ticket: str) -> str:
        """The player of a ticket for this game. Raises errors of jwt, `KeyError` or `ValueError` for any other text."""
        key = self._keys[jwt.get_unverified_header(ticket)["kid"]]
        claims: Answer = jwt.decode(ticket, key, algorithms=["EdDSA"], issuer=ISSUER)
        if (claims["session"], claims["host_term"]) != (self.session_id, self.term):
            raise ValueError("the ticket is for another session or another host")
        return str(claims["sub"])


class Game:
    """Plays the runs of a bot's party: it hosts them when the lobby asks for it, and otherwise connects to the game of the
    host."""

    def __init__(self, bot: Bot, keys: jwt.PyJWKSet, tell: Callable[[str, Answer], None]) -> None:
        """`keys`: the published keys of the lobby. The function is called with each action of the game."""
        self._bot = bot
        self._keys = keys
        self._tell = tell
        self._hosted: HostedGame | None = None
        self._ticket: str | None = None
        self._connection: asyncio.StreamWriter | None = None
        self._term = 0
        """The term of the host on whose game it plays, or its own if it hosts; 0 while it does neither."""
        self._news = asyncio.Condition()

    async def play(self, first: int = 0) -> None:
        """Act on each event of the party, from the event with this number on, until cancelled."""
        try:
            for number in count(first):
                await self._take(await self._bot.event(number))
        finally:
            self.crash()

    async def wait_term(self, term: int) -> None:
        """Wait until it plays on the game of the host with that term, or is that host. Raises `TimeoutError`."""
        async with asyncio.timeout(NEWS_WAIT_S), self._news:
            await self._news.wait_for(lambda: self._term == term)

    def crash(self) -> None:
        """End without a word to anybody."""
        self._hang_up()
        if self._hosted is not None:
            self._hosted.crash()
            self._hosted = None

    async def _take(self, event: Answer) -> None:
        kind: str = event["__typename"]
        session: Answer = event.get("session") or {}
        if kind in ("SessionStarted", "HostChanged"):
            self._hang_up()
            self._ticket = event["ticket"]["token"] if event["ticket"] else None
        if kind in ("SessionStarted", "HostChanged", "SessionUpdated"):
            await self._enter(session)
        elif kind == "HostLost":
            self._hang_up()
            await self._host_if_asked(session["id"], event["candidate"], event["hostTerm"])
        elif kind == "SessionEnded":
            self.crash()
        elif kind == "PartySnapshot":
            await self._catch_up(event["party"]["session"])

    async def _catch_up(self, session: Answer | None) -> None:
        """Enter a run that began before the stream."""
        if session is None or session["status"] != "IN_PROGRESS":
            return
        candidate = session["hostCandidate"]
        if candidate is not None:
            await self._host_if_asked(session["id"], candidate["player"], candidate["term"])
        joined = await self._bot.mutate("JoinSession", sessionId=session["id"])
        self._ticket = joined["ticket"]["token"] if joined["ticket"] else None
        await self._enter(joined["session"])

    async def _enter(self, session: Answer) -> None:
        host = session["host"]
        if host is None:
            return
        if host["player"]["id"] == self._bot.id:
            if self._hosted is None or self._hosted.term != host["term"]:
                await self._host(session["id"], host["term"])
            return
        if session["endpoint"] is not None and self._ticket is not None and self._connection is None:
            await self._connect(session["endpoint"], self._ticket)

    async def _host_if_asked(self, session_id: str, candidate: Answer | None, term: int) -> None:
        if candidate is not None and candidate["id"] == self._bot.id:
            await self._host(session_id, term)

    async def _host(self, session_id: str, term: int) -> None:
        """Host the run, and report where. A rejection means that somebody else does by now."""
        if self._hosted is not None:
            self._hosted.crash()

        def spend(ticket: str) -> Awaitable[object]:
            return self._bot.mutate("SpendTicket", sessionId=session_id, ticket=ticket, hostTerm=term)

        self._hosted = HostedGame(session_id, term, self._keys, spend)
        endpoint = await self._hosted.open()
        try:
            await self._bot.mutate("ReportEndpoint", sessionId=session_id, endpoint=endpoint, hostTerm=term)
            await self._note("hosts", {"term": term, **endpoint})
        except Rejected as rejected:
            self._hosted.crash()
            self._hosted = None
            self._tell("does not host", {"term": term, "code": rejected.code})

    async def _connect(self, endpoint: Answer, ticket: str) -> None:
        """Connect to the game of the host. The host may be gone already: then the lobby finds another one."""
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(endpoint["address"], endpoint["port"])
            writer.write(f"{ticket}\n".encode())
            greeting = (await reader.readline()).decode().split()
            if greeting[:1] == ["welcome"]:
                self._connection = writer
                await self._note("plays", {"term": int(greeting[1]), "port": endpoint["port"]})
            else:
                writer.close()
                self._tell("is refused", {"reason": " ".join(greeting)})

    async def _note(self, what: str, fields: Answer) -> None:
        async with self._news:
            self._term = fields["term"]
            self._news.notify_all()
        self._tell(what, fields)

    def _hang_up(self) -> None:
        self._term = 0
        if self._connection is not None:
            self._connection.transport.abort()
            self._connection = None
