"""`adventurebot-lobby chaos` puts a bad network in front of a server that runs, and real clients come through it."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from adventurebot_lobby.__main__ import main
from tests.needs import ROOT
from tests.serving import served
from tests.stores_of_servers import fresh_store
from tools.chaos.ports import free_ports
from tools.demo.__main__ import DOCUMENTS_FOLDER
from tools.demo.address import Address
from tools.demo.answers import Answer
from tools.demo.bot import Follower
from tools.demo.http_client import HttpClient, http_client
from tools.demo.reconnecting_socket import ReconnectingSocket
from tools.demo.socket_client import socket_client
from web.app import create_app
from web.graphql.execution.client_documents import client_documents
from web.settings.settings import Settings

WAIT_S = 60
MESSAGES, MESSAGE_EVERY_S = 60, 0.1
RECONNECTS_MAX = 1_000
DOCUMENTS = client_documents(DOCUMENTS_FOLDER)


@pytest.fixture(scope="module")
def lobby() -> Iterator[str]:
    app = create_app(Settings(store=fresh_store(), rate_limits=False))
    with served(app, drain=app.drain) as url:
        yield url


@contextmanager
def bad_network(url: str, *options: str) -> Iterator[tuple[str, list[str]]]:
    """The address of a proxy in front of `url`, and the lines that it writes, which are complete at the end of the block."""
    command = [sys.executable, "-m", "adventurebot_lobby", "chaos", "--url", url, "--listen", "127.0.0.1:0", *options]
    lines: list[str] = []
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        address = re.match(r"http://\S+", first)
        assert address, first + process.stdout.read()
        lines.append(first)
        yield address[0], lines
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=WAIT_S)
        lines.extend(rest.splitlines())
    assert process.returncode == 0, rest


@pytest.mark.anyio
async def test_a_client_that_resumes_gets_every_event_once_and_in_order(lobby: str) -> None:
    with bad_network(lobby, "--cut", "0.5", "--cut-answer", "0.5", "--lifetime", "0.6") as (address, lines):
        async with http_client(Address(lobby), DOCUMENTS) as http, asyncio.timeout(WAIT_S):
            credentials = (await http.run("SignInAsGuest", {"input": {"displayName": "Ada"}}))["credentials"]
            player = http.as_player(credentials["accessToken"])
            party = (await player.run("CreateParty", {"input": {}}))["party"]
            token = credentials["accessToken"]
            connect = partial(socket_client, Address(address), DOCUMENTS, token, ping_s=None)
            received = await follow_messages(ReconnectingSocket(connect, RECONNECTS_MAX), party, player)

    assert received == [f"message {number}" for number in range(MESSAGES)]
    assert sum(int(count) for count in re.findall(r"\d+", lines[-1].partition("ended:")[2])) > 3, lines


async def follow_messages(socket: ReconnectingSocket, party: Answer, player: HttpClient) -> list[str]:
    """The texts that come through the proxy while they are posted past it."""
    texts: list[str] = []
    has_all = asyncio.Event()

    async def receive(event: Answer) -> None:
        if event["__typename"] == "MessagePosted":
            texts.append(event["text"])
        if len(texts) >= MESSAGES:
            has_all.set()

    tasks = [
        asyncio.create_task(socket.keep_open()),
        asyncio.create_task(Follower(socket, party["id"], party["cursor"], receive).run()),
    ]
    for number in range(MESSAGES):
        await player.run("PostMessage", {"input": {"partyId": party["id"], "text": f"message {number}"}})
        await asyncio.sleep(MESSAGE_EVERY_S)
    await has_all.wait()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return texts


def test_the_load_test_plays_on_through_it(lobby: str) -> None:
    with bad_network(lobby, "--lifetime", "2") as (address, lines):
        command = [
            sys.executable,
            "-m",
            "adventurebot_lobby",
            "load",
            "--url",
            address,
            "--players",
            "10",
            "--pause",
            "0.3",
        ]
        ran = subprocess.run([*command, "--minutes", "0.15"], cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "delay 13%" in lines[0]
    lost = re.search(r"^lost +(\d+)$", ran.stdout, re.MULTILINE)
    replayed = re.search(r"^events that came after a lost connection +(\d+)$", ran.stdout, re.MULTILINE)
    assert lost
    assert int(lost[1]) > 3
    assert replayed
    assert int(replayed[1]) > 0


def test_the_proxy_says_where_it_leads_and_what_it_did(lobby: str) -> None:
    with bad_network(lobby, "--refuse", "1", "--seed", "3") as (address, lines):
        command = [sys.executable, "-m", "adventurebot_lobby", "load", "--url", address, "--players", "1"]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S)

    assert ran.returncode == 1
    assert lines[0].endswith(f" leads to {lobby}: refuse 100%\n")
    assert re.search(r"\d s  \d connections, 0 open; ended: \d refused$", lines[-1]), lines


def test_a_server_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    [port] = free_ports(1)

    assert main(["chaos", "--url", f"http://127.0.0.1:{port}", "--listen", "127.0.0.1:0"]) == 1
    assert f"Nobody answers at 127.0.0.1:{port}" in capsys.readouterr().err


def test_a_port_that_is_in_use_is_named(lobby: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chaos", "--url", lobby, "--listen", lobby.removeprefix("http://")]) == 1
    assert f"--listen: {lobby.removeprefix('http://')} can't be used" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--url", "https://lobby.example"], "the proxy reads no TLS"),
        (["--url", "ws://lobby.example"], "not an http or https address: ws://lobby.example"),
        (["--listen", "8001"], "an address and a port such as 127.0.0.1:8001, not 8001"),
        (["--listen", "127.0.0.1:80000"], "an address and a port such as 127.0.0.1:8001, not 127.0.0.1:80000"),
        (["--cut", "40"], "argument --cut: 0 to 1, not 40"),
        (["--cut", "0.7", "--stall", "0.4"], "the shares of the faults add up to 1.1"),
        (["--lifetime", "0"], "argument --lifetime: 0.001 to 3600 seconds, not 0"),
    ],
)
def test_a_wrong_argument_is_named(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["chaos", *arguments])

    assert ended.value.code == 2
    assert problem in capsys.readouterr().err
