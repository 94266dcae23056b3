"""The four players of the demo: who they are, how they connect, and what they share during the journey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

from tools.demo.address import Address
from tools.demo.answers import Answer, or_raise
from tools.demo.bot import Bot, SocketTransport, Transport
from tools.demo.http_client import HttpClient
from tools.demo.reconnecting_socket import ReconnectingSocket
from tools.demo.record import Record
from tools.demo.screen import Screen
from tools.demo.socket_client import socket_client

NAMES = ("Ada", "Bram", "Cleo", "Dov")
ANY_CLASSES = ("Knight", "Mage", "Rogue", "Cleric")


@dataclass(frozen=True, slots=True)
class Players:
    """Ada sends over HTTP alone, the others over their sockets. All of them follow over their sockets."""

    ada: Bot
    bram: Bot
    cleo: Bot
    dov: Bot
    record: Record
    http: HttpClient
    tasks: asyncio.TaskGroup

    @property
    def all(self) -> tuple[Bot, ...]:
        return self.ada, self.bram, self.cleo, self.dov

    def follow(self, bot: Bot, party_id: str, cursor: str | None) -> None:
        """Let the bot follow the party in the background."""
        self.tasks.create_task(bot.follow(party_id, cursor), name=f"{bot.name} follows")

    async def wait_seq(self, seq: int, *bots: Bot) -> None:
        """Wait until the streams of these bots, or of all, have reached `seq`."""
        await asyncio.gather(*(bot.wait_seq(seq) for bot in bots or self.all))


@dataclass(slots=True)
class Stage:
    """The state that all acts share. `party_id` is set by the first act, `session_id` by each start."""

    players: Players
    screen: Screen
    server_info: Answer
    countdown_s: int
    party_name: str = field(default_factory=lambda: f"Ada's demo {uuid4().hex[:6]}")
    party_id: str = ""
    session_id: str = ""

    @property
    def classes(self) -> list[str]:
        """A class for each player, repeated if the server lists too few. A server that lists none accepts any name."""
        known = self.server_info["characterClasses"] or ANY_CLASSES
        return [known[seat % len(known)] for seat in range(len(self.players.all))]

    @property
    def hardest(self) -> str:
        return str(self.server_info["difficulties"][-1])

    def enter(self, bot: Bot, joined: Answer) -> None:
        """Follow the party from the cursor of the answer that joined it, so that no entry is missed or seen twice."""
        bot.party = joined["party"]
        self.players.follow(bot, self.party_id, joined["party"]["cursor"])

    async def get_ready(self, *bots: Bot) -> None:
        """Set each bot ready for the version of the settings that its stream shows."""
        for bot in bots:
            version = bot.party["settings"]["version"]
            answer = await bot.mutate("SetReady", partyId=self.party_id, ready=True, settingsVersion=version)
            await self.players.wait_seq(answer["seq"], *bots)


@asynccontextmanager
async def open_players(
    address: Address, http: HttpClient, documents: Mapping[str, str], screen: Screen
) -> AsyncIterator[Players]:
    """Four guests, signed in and connected until the end of the block."""
    record = Record(NAMES)

    def on_event(bot: Bot, event: Answer) -> None:
        if record.note(bot.name, event):
            screen.event(event["seq"], record.entries[event["seq"]])

    async with asyncio.TaskGroup() as tasks:
        guests = [await _sign_in(http, name) for name in NAMES]
        sockets = [ReconnectingSocket(partial(socket_client, address, documents, g["accessToken"])) for g in guests]
        keeping_open = [tasks.create_task(socket.keep_open()) for socket in sockets]
        over_http = http.as_player(guests[0]["accessToken"])
        transports: list[Transport] = [over_http, *(SocketTransport(socket) for socket in sockets[1:])]
        ada, bram, cleo, dov = (
            Bot(guest["player"], transport, socket, on_event)
            for guest, transport, socket in zip(guests, transports, sockets, strict=True)
        )
        yield Players(ada, bram, cleo, dov, record, http, tasks)
        for task in keeping_open:
            task.cancel()


def member_of(party: Answer, bot: Bot) -> Answer:
    """The party's member that is this bot."""
    member: Answer = next(member for member in party["members"] if member["player"]["id"] == bot.id)
    return member


async def _sign_in(http: HttpClient, name: str) -> Answer:
    answer = or_raise(await http.run("SignInAsGuest", {"input": {"displayName": name}}))
    credentials: Answer = answer["credentials"]
    return credentials
