"""The demo plays through, tells each step, and says so in one line when it can't."""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Iterator

import pytest

from lobby.settings import Settings
from server import create_app
from tests.needs import ROOT
from tests.serving import served
from tests.stores_of_servers import fresh_store

DEMO_WAIT_S = 60.0


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    app = create_app(Settings(store=fresh_store(), rate_limits=True))  # players as fast as these are no flood
    with served(app, drain=app.state.house.drain) as url:
        yield url


async def demo(*arguments: str) -> tuple[int, str]:
    """Its exit code and all that it printed."""
    command = [sys.executable, "-m", "lobby.demo", *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT, cwd=ROOT)
    async with asyncio.timeout(DEMO_WAIT_S):
        out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def test_the_demo_plays_the_whole_journey(url: str) -> None:
    code, told = await demo("--url", url, "--countdown", "0")
    assert code == 0, told
    headings = ("Gathering", "Getting ready", "A lost connection", "Playing", "Playing again", "Leaving")
    places = [told.index(f"\n{heading}\n") for heading in headings]
    assert places == sorted(places)
    assert "Nobody missed anything." in told
    assert "\033[" not in told, "colour is for terminals"


async def test_the_demo_shows_what_was_replayed_to_whom(url: str) -> None:
    _, told = await demo("--url", url, "--countdown", "0")
    row = next(line for line in told.splitlines() if re.match(r" +\d+ ", line) and "Where is Cleo?" in line)
    assert row.split()[1:5] == ["o", "o", "r", "."]


async def test_the_demo_says_in_one_line_that_no_server_answers() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        code, told = await demo("--url", f"http://127.0.0.1:{unheard.getsockname()[1]}")
    assert code == 1
    assert len(told.splitlines()) == 1
    assert "No lobby server answers at" in told
    assert "scripts/serve" in told


async def test_the_demo_refuses_a_countdown_that_the_lobby_would_refuse() -> None:
    code, told = await demo("--countdown", "31")
    assert (code, "0 to 30 seconds" in told) == (2, True)
