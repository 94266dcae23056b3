"""The four who play: who they are, how they are connected, and what they have seen together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from lobby.demo.address import Address
from lobby.demo.answers import Answer, accepted
from lobby.demo.bot import Bot, OverLink, Transport
from lobby.demo.http_client import HttpClient
from lobby.demo.link import Link
from lobby.demo.record import Record
from lobby.demo.screen import Screen
from lobby.demo.socket_client import socket_client

NAMES = ("Ada", "Bram", "Cleo", "Dov")


@dataclass(frozen=True, slots=True)
class Cast:
    """Ada acts over HTTP alone, the others over their sockets; all of them watch over their sockets."""

    ada: Bot
    bram: Bot
    cleo: Bot
    dov: Bot
    record: Record
    tasks: asyncio.TaskGroup

    @property
    def all(self) -> tuple[Bot, ...]:
        return self.ada, self.bram, self.cleo, self.dov

    def watch(self, bot: Bot, party_id: str, cursor: str | None) -> None:
        """The bot follows the party beside whatever else happens."""
        self.tasks.create_task(bot.watch(party_id, cursor), name=f"{bot.name} watches")

    async def caught_up(self, seq: int, *bots: Bot) -> None:
        """Until each of these, or all, see what an answer with this `seq` did."""
        await asyncio.gather(*(bot.caught_up(seq) for bot in bots or self.all))


@asynccontextmanager
async def cast(address: Address, http: HttpClient, documents: Mapping[str, str], screen: Screen) -> AsyncIterator[Cast]:
    """Four guests, signed in and connected until the end of the block."""
    record = Record(NAMES)

    def on_event(bot: Bot, event: Answer) -> None:
        if record.note(bot.name, event):
            screen.event(event["seq"], record.entries[event["seq"]])

    async with asyncio.TaskGroup() as tasks:
        signed_in = [await _sign_in(http, name) for name in NAMES]
        links = [Link(partial(socket_client, address, documents, c["accessToken"])) for c in signed_in]
        keeping = [tasks.create_task(link.keep()) for link in links]
        over_http = http.signed_in(signed_in[0]["accessToken"])
        transports: list[Transport] = [over_http, *(OverLink(link) for link in links[1:])]
        ada, bram, cleo, dov = (
            Bot(credentials["player"], acts_by, link, on_event)
            for credentials, acts_by, link in zip(signed_in, transports, links, strict=True)
        )
        yield Cast(ada, bram, cleo, dov, record, tasks)
        for task in keeping:
            task.cancel()


async def _sign_in(http: HttpClient, name: str) -> Answer:
    answer = accepted(await http.run("SignInAsGuest", {"input": {"displayName": name}}))
    credentials: Answer = answer["credentials"]
    return credentials
