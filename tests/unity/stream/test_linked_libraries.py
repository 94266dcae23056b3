"""The .jslib files of the Unity package, linked by Emscripten as a WebGL build links them, in Chromium.

Unity brings an Emscripten of its own (2.0.19 in 2021.3, 3.1.38 in Unity 6); Debian's is 3.1.6.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.async_api import Browser

from tests.needs import needs
from tests.served.lobby import lobby
from tests.unity.page_server import served_folder
from tests.unity.stream.test_browser_socket import LIBRARY, STORE
from tests.web.graphql.explorer.graphiql_page import chromium

HERE = Path(__file__).with_name("browser")
LINK_WAIT_S = 120
RUN_WAIT_S = 60
NODE_PATH = "/usr/share/nodejs"
"""Where Debian keeps what Emscripten's JavaScript imports. A node that is not Debian's does not look there."""
# As Unity does, the build is optimized, which also parses and shortens the JavaScript, and exports what manages its memory.
OPTIONS = ("-O2", "-sENVIRONMENT=web", "-sEXPORTED_FUNCTIONS=_main,_malloc,_free")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page with the linked program."""
    folder = tmp_path_factory.mktemp("linked")
    shutil.copy(HERE / "linked.html", folder)
    libraries = [option for library in (LIBRARY, STORE) for option in ("--js-library", str(library))]
    call = [str(needs("emcc")), str(HERE / "linked.c"), *libraries, *OPTIONS, "-o", "linked.js"]
    environment = {**os.environ, "NODE_PATH": NODE_PATH}
    done = subprocess.run(call, cwd=folder, env=environment, capture_output=True, text=True, timeout=LINK_WAIT_S)
    assert done.returncode == 0, done.stderr
    with served_folder(folder) as url:
        yield url


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def run(browser: Browser, site: str, socket: str) -> list[str]:
    """The lines that the program prints, up to the end of its socket."""
    lines: list[str] = []
    ended = asyncio.Event()
    page = await browser.new_page()

    def note(line: str) -> None:
        lines.append(line)
        if line.startswith(("closed ", "error ")):
            ended.set()

    page.on("console", lambda said: note(said.text) if said.type == "log" else None)
    page.on("pageerror", lambda error: note(f"error {error}"))
    async with asyncio.timeout(RUN_WAIT_S):
        await page.goto(f"{site}/linked.html?{urlencode({'socket': socket})}")
        await ended.wait()
    await page.close()
    return lines


async def test_frames_go_both_ways_and_a_close_has_its_code(browser: Browser, site: str) -> None:
    with lobby(allowed_origins=[site]) as address:
        stored, nobody, opened, *messages, closed = await run(browser, site, address.socket)

    assert (stored, nobody, opened) == ("stored 1 Brünhild \N{SNOWMAN}", "nobody []", "opened")
    acknowledged, answered, notice = (json.loads(line.removeprefix("message ")) for line in messages)
    assert acknowledged == {"type": "connection_ack"}
    assert answered == {"type": "pong", "payload": {"from": "Brünhild"}}
    assert notice["payload"]["closing"]["code"] == 4400
    assert closed == f"closed 4400 {notice['payload']['closing']['reason']}"


async def test_a_page_of_another_origin_and_a_server_that_is_away_are_lost_connections(
    browser: Browser, site: str
) -> None:
    with lobby() as address:
        refused = await run(browser, site, address.socket)
    away = await run(browser, site, "ws://127.0.0.1:1/graphql")

    assert refused[-1] == "closed 1006 "
    assert away[-1] == "closed 1006 "


async def test_an_address_that_is_none_is_a_lost_connection_with_the_reason(browser: Browser, site: str) -> None:
    assert (await run(browser, site, "ws://["))[-1].startswith("closed 1006 SyntaxError")
