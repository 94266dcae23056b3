"""A player's whole client as a process of its own: it follows the party, and plays or hosts its runs. It says each step as JSON.

python -m tests.journey.game_process --lobby http://127.0.0.1:8000 --party <id> --player <id> < token
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import httpx
import jwt

from tests.journey.players import DOCUMENTS, Player
from tests.needs import ROOT
from tools.demo.address import Address
from tools.demo.answers import Answer
from tools.demo.bot import Bot, SocketTransport
from tools.demo.game import Game
from tools.demo.reconnecting_socket import ReconnectingSocket
from tools.demo.socket_client import socket_client
from web.graphql.execution.client_documents import client_documents

ATTEMPTS_MAX = 100
"""Connections in a row that may fail: a lobby that starts again on a busy machine takes its time."""
WAIT_S = 40.0


@dataclass(slots=True)
class GameProcess:
    """The process of one player, and what it has said."""

    player: Player
    steps: list[Answer] = field(default_factory=list)
    _process: asyncio.subprocess.Process | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def step(self, what: str, **fields: object) -> Answer:
        """The first step of this kind with these fields. Raises `TimeoutError` after `WAIT_S`."""
        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(lambda: bool(self.all(what, **fields)))
        return self.all(what, **fields)[0]

    def all(self, what: str, **fields: object) -> list[Answer]:
        return [step for step in self.steps if {"what": what, **fields}.items() <= step.items()]

    async def run(self, party_id: str) -> None:
        """Start the process, and collect its steps until it ends."""
        command = (sys.executable, "-m", "tests.journey.game_process", "--lobby", self.player.address.base)
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *command, "--party", party_id, "--player", self.player.id, cwd=ROOT, stdin=pipe, stdout=pipe
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(self.player.token.encode() + b"\n")
        try:
            async for line in self._process.stdout:
                async with self._news:
                    self.steps.append(json.loads(line))
                    self._news.notify_all()
        finally:
            if self._process.returncode is None:
                await self.kill()


@asynccontextmanager
async def game_process(player: Player, party_id: str) -> AsyncIterator[GameProcess]:
    """A process that follows the party, until the end of the block."""
    game = GameProcess(player)
    running = asyncio.create_task(game.run(party_id))
    try:
        await game.step("event")
        yield game
    finally:
        running.cancel()
        await asyncio.wait([running])


def _say(what: str, fields: Answer) -> None:
    print(json.dumps({"what": what, **fields}), flush=True)


def _say_event(bot: Bot, event: Answer) -> None:
    told: Answer = {name: event[name] for name in ("seq", "ticket", "host", "candidate", "hostReason") if name in event}
    endpoint = (event.get("session") or {}).get("endpoint")
    _say("event", {"type": event["__typename"], "endpoint": endpoint, **told})


async def published_keys(address: Address) -> jwt.PyJWKSet:
    """The keys with which tickets are checked offline."""
    async with httpx.AsyncClient(base_url=address.base, trust_env=False) as http:
        return jwt.PyJWKSet.from_dict((await http.get("/.well-known/jwks.json")).json())


async def _run(address: Address, token: str, party_id: str, player_id: str) -> None:
    documents = DOCUMENTS | client_documents(ROOT / "client_queries/game_server")
    keys = await published_keys(address)
    socket = ReconnectingSocket(partial(socket_client, address, documents, token), ATTEMPTS_MAX)
    bot = Bot({"id": player_id, "displayName": ""}, SocketTransport(socket), socket, _say_event)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(socket.keep_open())
        tasks.create_task(bot.follow(party_id, cursor=None))
        tasks.create_task(Game(bot, keys, _say).play())


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("lobby", "party", "player"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    asyncio.run(_run(Address(given.lobby), sys.stdin.readline().strip(), given.party, given.player))


if __name__ == "__main__":
    main()
