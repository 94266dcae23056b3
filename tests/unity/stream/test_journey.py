"""Two players of the Unity package get every entry once and in order, through network faults and a killed server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from tests.fork_server import start_forked_server
from tests.unity.conftest import Build
from tests.unity.mono import compile_csharp, sources
from tests.unity.stream.program import Program, start_program
from tests.unity.stream.proxy_faults import CutDown, LostAnswers
from tools.chaos.figures import Figures
from tools.chaos.ports import HOST
from tools.chaos.proxy.network_faults import NetworkFaults
from tools.chaos.proxy.proxy import Proxy
from tools.chaos.servers.cluster import SERVER, SERVER_SETTINGS
from tools.chaos.servers.node import Node

LONG_GRACES = {
    "LOBBY_GRACE_WAITING_S": "60",
    "LOBBY_LEADER_GRACE_S": "60",
    "LOBBY_GRACE_IN_PROGRESS_S": "60",
    "LOBBY_FOLLOWER_QUEUE_MAX": "256",
}
"""No player loses the seat while the server is down, and a busy machine causes no snapshot for a slow consumer."""
CLOCK_OFF_MS_MAX = 1000
"""Server and client are on one machine, so only the delay of a frame remains."""


@pytest.fixture(scope="module")
def journey(outside: Build) -> Path:
    files = sources(Path(__file__).with_name("journey"))
    return compile_csharp(outside.library.with_name("StreamJourney.exe"), files, outside.defines, [outside.library])


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    """A server process on a store that survives a restart."""
    with socket.create_server((HOST, 0)) as held:
        port = held.getsockname()[1]
    settings = {**SERVER_SETTINGS, **LONG_GRACES, "LOBBY_STORE": f"sqlite:///{tmp_path}/lobby.db"}
    server = Node("server", port, SERVER, settings, tmp_path / "server.log", start_process=start_forked_server)
    await server.start()
    try:
        await server.wait_up()
        yield server
    finally:
        await server.kill()


@asynccontextmanager
async def proxied(node: Node, network: NetworkFaults) -> AsyncIterator[Proxy]:
    proxy = Proxy([(HOST, node.port)], network, Random(7), Figures())
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.close()


def url(address: tuple[str, int]) -> str:
    return "http://{}:{}".format(*address)


async def check(program: Program) -> None:
    """Both players received the log from the entry after their own join."""
    report = await program.send("report")
    log: list[str] = report["log"]
    received = {name: [entry for entry in report[name] if "PartySnapshot" not in entry] for name in ("ada", "bram")}
    assert received["ada"] == log[1:], "the stream of the leader starts after the creation of the party"
    assert received["bram"] == [entry for entry in log if int(entry.split()[0]) > int(log[1].split()[0])]
    assert report["ada"] == received["ada"], "no snapshot replaced entries"
    assert report["strays"] == 0
    assert abs(report["clockOffMs"]) < CLOCK_OFF_MS_MAX
    texts = [entry.split(" ", 3)[3] for entry in log if "MessagePosted" in entry]
    assert texts == [f"act {number}" for number in range(1, len(texts) + 1)], "each act had one effect"


async def test_a_killed_and_restarted_server_loses_no_entry(node: Node, journey: Path) -> None:
    address = url((HOST, node.port))
    async with start_program(journey, address, address) as program:
        await program.send("gather")
        await program.send("act 6")
        acting = asyncio.create_task(program.send("act 20"))
        await node.kill()
        await node.start()
        await node.wait_up()
        assert (await acting)["acts"] == 26
        assert await program.send("run") == {"hasTicket": True}
        assert await program.send("session") == {"isOurs": True}
        await check(program)
        assert await program.send("kick") == {"end": "Removed", "last": "Removed Kicked"}
        assert await program.send("stranger") == {"stranger": "NotFound"}
        assert await program.end() == 0


async def test_players_return_to_a_server_after_a_graceful_shutdown(node: Node, journey: Path) -> None:
    address = url((HOST, node.port))
    async with start_program(journey, address, address) as program:
        await program.send("gather")
        await program.send("act 4")
        assert await node.stop() == 0
        await program.send("lost")
        await node.start()
        await node.wait_up()
        await program.send("act 4")
        await check(program)
        await node.kill()
        assert await program.end() == 0, "the program ends without waiting for a server"


async def test_broken_connections_lose_no_entry_and_lost_responses_repeat_none(node: Node, journey: Path) -> None:
    cuts, losses = CutDown(Random(11), bytes_max=30_000), LostAnswers(Random(13))
    async with (
        proxied(node, cuts) as sockets,
        proxied(node, losses) as requests,
        start_program(journey, url(requests.address), url(sockets.address)) as program,
    ):
        await program.send("gather")
        acted = await program.send("act 40")
        assert acted["replayed"] >= 10, "each second answer was lost"
        await program.send("run")
        await requests.stop_faults()
        await sockets.stop_faults()
        await program.send("act 4")
        await check(program)
        report = await program.send("report")
        assert "Reconnecting" in report["states"]  # for the kill at least: whether a cut comes is up to chance
        assert await program.end() == 0


async def test_after_a_pause_a_dead_connection_is_detected_at_once(node: Node, journey: Path) -> None:
    """Detected long before the 25 s without frames: sockets of an application in the background can die unnoticed."""
    address = url((HOST, node.port))
    async with start_program(journey, address, address) as program:
        await program.send("gather")
        await program.send("act 4")
        node.freeze()
        await program.send("resume")
        await program.send("lost")
        node.thaw()
        await program.send("act 4")
        await check(program)
        assert await program.end() == 0


async def test_an_inbox_gets_every_entry_once_through_cuts_and_a_killed_server(node: Node, journey: Path) -> None:
    async with (
        proxied(node, CutDown(Random(17), bytes_max=8_000)) as sockets,
        start_program(journey, url((HOST, node.port)), url(sockets.address)) as program,
    ):
        await program.send("inbox")
        await program.send("invite 5")
        inviting = asyncio.create_task(program.send("invite 5"))
        await node.kill()
        await node.start()
        await node.wait_up()
        await inviting
        await sockets.stop_faults()
        await program.send("invite 1")
        report = await program.send("invites")
        states = ("Pending", "Revoked")
        entries = [f"{seq} InviteUpdated {states[(seq - 1) % 2]}" for seq in range(1, 23)]
        assert report["inbox"] == ["0 InboxSnapshot", *entries]
        assert report["strays"] == 0
        assert "Reconnecting" in report["states"]  # for the kill at least: whether a cut comes is up to chance
        assert await program.end() == 0
