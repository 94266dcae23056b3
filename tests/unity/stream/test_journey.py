"""Two players on the Unity package's client, through a bad network and a server that dies: every entry once, in order."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from chaos.figures import Figures
from chaos.ports import HOST
from chaos.proxy.proxy import Proxy
from chaos.proxy.weather import Weather
from chaos.servers.cluster import SERVER
from chaos.servers.node import Node
from chaos.servers.settings import SERVER_SETTINGS
from tests.unity.conftest import Build
from tests.unity.mono import compiled, sources
from tests.unity.stream.program import Program, running
from tests.unity.stream.weathers import CutDown, LostAnswers

PATIENT = {
    "LOBBY_GRACE_WAITING_S": "60",
    "LOBBY_LEADER_GRACE_S": "60",
    "LOBBY_GRACE_IN_PROGRESS_S": "60",
    "LOBBY_FOLLOWER_QUEUE_MAX": "256",
}
"""Nobody loses a seat while the test has the server down, nor gets a snapshot for being slow on a busy machine."""
CLOCK_OFF_MS_MAX = 1000
"""Server and client are on one machine; what remains is the delay of a frame."""


@pytest.fixture(scope="module")
def journey(outside: Build) -> Path:
    files = sources(Path(__file__).with_name("journey"))
    return compiled(outside.library.with_name("StreamJourney.exe"), files, outside.defines, [outside.library])


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    """A server process on a store that outlives it."""
    with socket.create_server((HOST, 0)) as held:
        port = held.getsockname()[1]
    settings = {**SERVER_SETTINGS, **PATIENT, "LOBBY_STORE": f"sqlite:///{tmp_path}/lobby.db"}
    server = Node("server", port, SERVER, settings, tmp_path / "server.log")
    await server.start()
    try:
        await server.up()
        yield server
    finally:
        await server.kill()


@asynccontextmanager
async def proxied(node: Node, weather: Weather) -> AsyncIterator[Proxy]:
    proxy = Proxy([(HOST, node.port)], weather, Random(7), Figures())
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.close()


def url(address: tuple[str, int]) -> str:
    return "http://{}:{}".format(*address)


async def check(program: Program) -> None:
    """What both players were told is the log from the entry after their joining on."""
    report = await program.ask("report")
    log: list[str] = report["log"]
    told = {name: [entry for entry in report[name] if "PartySnapshot" not in entry] for name in ("ada", "bram")}
    assert told["ada"] == log[1:], "the log has the creation of the party first, and the answer to that was the start"
    assert told["bram"] == [entry for entry in log if int(entry.split()[0]) > int(log[1].split()[0])]
    assert report["ada"] == told["ada"], "no snapshot stands for anything"
    assert report["strays"] == 0
    assert abs(report["clockOffMs"]) < CLOCK_OFF_MS_MAX
    texts = [entry.split(" ", 3)[3] for entry in log if "MessagePosted" in entry]
    assert texts == [f"act {number}" for number in range(1, len(texts) + 1)], "each act had one effect"


async def test_a_server_that_is_killed_and_started_again_costs_no_entry(node: Node, journey: Path) -> None:
    address = url((HOST, node.port))
    async with running(journey, address, address) as program:
        await program.ask("gather")
        await program.ask("act 6")
        acting = asyncio.create_task(program.ask("act 20"))
        await node.kill()
        await node.start()
        await node.up()
        assert (await acting)["acts"] == 26
        assert await program.ask("run") == {"hasTicket": True}
        assert await program.ask("session") == {"isOurs": True}
        await check(program)
        assert await program.ask("kick") == {"end": "Removed", "last": "Removed Kicked"}
        assert await program.ask("stranger") == {"stranger": "NotFound"}
        assert await program.end() == 0


async def test_a_server_that_goes_down_in_peace_is_left_alone_and_returned_to(node: Node, journey: Path) -> None:
    address = url((HOST, node.port))
    async with running(journey, address, address) as program:
        await program.ask("gather")
        await program.ask("act 4")
        assert await node.stop() == 0
        await program.ask("lost")
        await node.start()
        await node.up()
        await program.ask("act 4")
        await check(program)
        await node.kill()
        assert await program.end() == 0, "a program that ends waits for no server"


async def test_cut_connections_cost_no_entry_and_lost_answers_double_none(node: Node, journey: Path) -> None:
    cuts, losses = CutDown(Random(11), bytes_max=30_000), LostAnswers(Random(13))
    async with (
        proxied(node, cuts) as sockets,
        proxied(node, losses) as requests,
        running(journey, url(requests.address), url(sockets.address)) as program,
    ):
        await program.ask("gather")
        acted = await program.ask("act 40")
        assert acted["replayed"] >= 10, "each second answer was lost"
        await program.ask("run")
        await requests.calm()
        await sockets.calm()
        await program.ask("act 4")
        await check(program)
        report = await program.ask("report")
        assert report["states"].count("Reconnecting") >= 2
        assert await program.end() == 0


async def test_after_a_pause_a_dead_connection_is_found_out_at_once(node: Node, journey: Path) -> None:
    """Long before the 25 s of silence: an application that was in the background finds its sockets dead without a word."""
    address = url((HOST, node.port))
    async with running(journey, address, address) as program:
        await program.ask("gather")
        await program.ask("act 4")
        node.freeze()
        await program.ask("resume")
        await program.ask("lost")
        node.thaw()
        await program.ask("act 4")
        await check(program)
        assert await program.end() == 0
