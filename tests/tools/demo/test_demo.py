"""The demo plays the whole journey, shows each step, and explains a failure in one line."""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Iterator

import pytest

from tests.needs import ROOT
from tests.serving import served
from tests.stores_of_servers import fresh_store
from web.app import create_app
from web.settings.settings import Settings

DEMO_WAIT_S = 120.0

FINDING = (
    "Bram's inbox has the invite of Ada, until ",
    "Bram accepted it, and is in.",
    "The party is full, so Cleo waits for a seat.",
    "Cleo's inbox says that the seat is held for Cleo until ",
    "Cleo took the seat.",
    "A match is proposed to all four",
    "The parties are one: 'Two chairs' with Ada, Cleo, Dov, Bram.",
)
"""Steps of the acts in which players find each other."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    app = create_app(Settings(store=fresh_store(), rate_limits=True))  # players as fast as these are no flood
    with served(app, drain=app.drain) as url:
        yield url


async def demo(*arguments: str) -> tuple[int, str]:
    """The exit code of the demo, and its output."""
    command = [sys.executable, "-m", "tools.demo", *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT, cwd=ROOT)
    async with asyncio.timeout(DEMO_WAIT_S):
        out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def test_the_demo_plays_the_whole_journey(url: str) -> None:
    code, output = await demo("--url", url, "--countdown", "0")
    assert code == 0, output
    headings = (
        *(
            "Gathering",
            "Getting ready",
            "A lost connection",
            "Playing",
            "Playing again",
            "Two teams",
            "A lost host",
            "Leaving",
        ),
        *("Another day", "An invite", "A seat comes free", "A match of two parties"),
    )
    places = [output.index(f"\n{heading}\n") for heading in headings]
    assert places == sorted(places)
    assert "Nobody missed anything." in output
    assert "Ada had the teams shuffled: two and two again." in output
    assert "All four are back, with the classes and teams of the run" in output
    for line in FINDING:
        assert line in output
    assert "\033[" not in output, "colour is for terminals"


async def test_the_demo_shows_which_events_were_replayed_to_whom(url: str) -> None:
    _, output = await demo("--url", url, "--countdown", "0")
    row = next(line for line in output.splitlines() if re.match(r" +\d+ ", line) and "Where is Cleo?" in line)
    assert row.split()[1:5] == ["o", "o", "r", "."]


async def test_the_demo_explains_in_one_line_that_no_server_answers() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        code, output = await demo("--url", f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert code == 1
    assert len(output.splitlines()) == 1
    assert "No lobby server answers at" in output
    assert "scripts/serve" in output


async def test_the_demo_rejects_a_countdown_that_the_lobby_would_reject() -> None:
    code, output = await demo("--countdown", "31")
    assert (code, "0 to 30 seconds" in output) == (2, True)
