"""Four clients play, each in its own process, and the game of one client hosts the run. Its process is killed; the run goes
on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import jwt
import pytest

from tests.journey.game_process import GameProcess, game_process, published_keys
from tests.journey.parties import party_of, ready, running
from tests.journey.players import DOCUMENTS, Player, guest
from tests.served.lobby import history
from tests.served.process import ServerProcess, server_process
from tools.chaos.ports import free_ports
from tools.chaos.valkey.server import ValkeyServer
from tools.demo.address import Address
from tools.demo.answers import Answer
from tools.demo.http_client import http_client

NAMES = ("Ada", "Bram", "Cleo", "Dov")
GOES_ON_WITHIN_S = 30.0
HOST_GRACE_S = 3.0
"""For tests in which no player has to come back within it. After a restart of the lobby the players need the default of 10 s."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that Ada hosts: all four play on her game."""

    players: Sequence[Player]
    games: Sequence[GameProcess]
    party_id: str
    session_id: str
    keys: jwt.PyJWKSet

    async def goes_on(self) -> None:
        """The others play on Bram's game, with a fresh ticket each that came with one event."""
        ada, *others = self.games
        async with asyncio.timeout(GOES_ON_WITHIN_S):
            await others[0].step("hosts", term=2)
            changes = [await game.step("event", type="HostChanged") for game in others]
            for game in others[1:]:
                await game.step("plays", term=2)
        jtis = set()
        for game, change in zip(others, changes, strict=True):
            assert len(game.all("event", type="HostChanged")) == 1
            assert change["host"]["player"]["id"] == others[0].player.id
            assert change["endpoint"]["port"] == others[0].all("hosts")[0]["port"]
            claims = self.claims(change["ticket"]["token"])
            assert (claims["sub"], claims["session"]) == (game.player.id, self.session_id)
            assert claims["host_term"] == change["host"]["term"] == 2
            jtis.add(claims["jti"])
        assert len(jtis) == len(others)
        assert ada.all("event", type="HostChanged") == []

    async def takes_the_old_host_back(self) -> None:
        """The former host comes back as an ordinary player. Its reports as a host are refused, and the answers show the new
        host."""
        ada, bram, *_ = self.players
        async with game_process(ada, self.party_id) as back:
            played = await back.step("plays", term=2)
            assert played["port"] == self.games[1].all("hosts")[0]["port"]
            assert back.all("hosts") == []
            endpoint = {"address": "192.0.2.1", "port": 7777, "protocol": "udp"}
            refused = await ada.tries("ReportEndpoint", sessionId=self.session_id, endpoint=endpoint, hostTerm=1)
            assert (refused["code"], refused["current"]["session"]["host"]["term"]) == ("HOST_CHANGED", 2)
            assert (await ada.tries("UpdateSession", sessionId=self.session_id, endpoint=endpoint))["code"] == (
                "HOST_CHANGED"
            )
            session = await bram.ask("Session", id=self.session_id)
            assert session["endpoint"]["port"] == played["port"]

    async def has_one_log(self) -> None:
        """All players read the same log, with one host for each term."""
        logs = [await history(player, self.party_id) for player in self.players[1:]]
        kinds = [entry["__typename"] for entry in logs[0]]
        assert [kinds.count(kind) for kind in ("HostLost", "HostChanged")] == [1, 1]
        lost = next(entry for entry in logs[0] if entry["__typename"] == "HostLost")
        assert (lost["hostReason"], lost["previousHost"]["id"]) == ("HOST_DISCONNECTED", self.players[0].id)
        joined_at = 2  # Bram is the second member
        assert [entry["seq"] for entry in logs[0]] == list(range(joined_at, joined_at + len(kinds)))

    def claims(self, ticket: str) -> Answer:
        """Checked offline. Raises errors of jwt for a ticket that this lobby has not signed."""
        claims: Answer = jwt.decode(ticket, self.keys[jwt.get_unverified_header(ticket)["kid"]], algorithms=["EdDSA"])
        return claims


@asynccontextmanager
async def hosted_run(here: Address, there: Address) -> AsyncIterator[Run]:
    """Ada, who leads and hosts, and Bram at one server, Cleo and Dov at the other; it may be the same."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(http_client(address, DOCUMENTS)) for address in (here, there)]
        players = [
            await guest(clients[number // 2], (here, there)[number // 2], name) for number, name in enumerate(NAMES)
        ]
        party = await party_of(*players)
        games = [await stack.enter_async_context(game_process(player, party["id"])) for player in players]
        await ready(party, *players[1:])
        started = await players[0].does("StartSession", partyId=party["id"])
        session = await running(players[0], started["session"]["id"])
        assert session["host"]["player"]["id"] == players[0].id
        port = (await games[0].step("hosts", term=1))["port"]
        for game in games[1:]:
            assert (await game.step("plays", term=1))["port"] == port
        yield Run(players, games, party["id"], session["id"], await published_keys(here))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    async with server_process(tmp_path / "lobby.db", host_grace_s=HOST_GRACE_S) as server:
        yield server


async def test_a_run_goes_on_when_the_process_of_its_host_is_killed(server: ServerProcess) -> None:
    async with hosted_run(server.address, server.address) as run:
        await run.games[0].kill()
        await run.goes_on()
        await run.takes_the_old_host_back()
        await run.has_one_log()


async def test_a_run_goes_on_though_the_lobby_is_killed_and_started_again_in_the_middle(tmp_path: Path) -> None:
    file, port = tmp_path / "lobby.db", free_ports(1)[0]
    async with server_process(file, port=port) as first, hosted_run(first.address, first.address) as run:
        await run.games[0].kill()
        for game in run.games[1:]:
            await game.step("event", type="MemberConnectionChanged")
        await first.kill()
        async with server_process(file, port=port):
            await run.goes_on()
            await run.takes_the_old_host_back()
            await run.has_one_log()


async def test_a_run_of_players_on_two_nodes_goes_on(valkey: ValkeyServer, tmp_path: Path) -> None:
    settings = {"store": valkey.url, "secret": "the secret of both of the two nodes", "host_grace_s": HOST_GRACE_S}
    async with (
        server_process(tmp_path / "here", **settings) as here,
        server_process(tmp_path / "there", **settings) as there,
        hosted_run(here.address, there.address) as run,
    ):
        await run.games[0].kill()
        await run.goes_on()
        await run.takes_the_old_host_back()
        await run.has_one_log()
