"""The Unity package in Chromium, as WebAssembly: its own tests pass there, and two players play a party over sockets of the page.

Like a WebGL build of Unity, .NET for WebAssembly has one thread, and no sockets but the browser's. A real build has IL2CPP, which
tests cannot have: `test_portable.py` holds its rules, `test_browser_socket.py` runs its JavaScript, and
`test_linked_libraries.py` links it.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from random import Random
from urllib.parse import urlencode

import pytest
from playwright.async_api import ConsoleMessage, Error, Page

from tests.needs import ROOT, needs
from tests.served.lobby import lobby
from tests.unity.conftest import Build
from tests.unity.hosting.build import hosting_library
from tests.unity.mono import RUNTIME, compile_csharp, sources
from tests.unity.page_server import served_folder
from tests.unity.stream.proxy_faults import CutDown
from tests.unity.stream.test_checks import CHECKS
from tests.unity.stream.test_checks import names as check_names
from tests.unity.test_edit_mode import NUNIT
from tests.web.graphql.explorer.graphiql_page import chromium
from tools.chaos.figures import Figures
from tools.chaos.proxy.proxy import Proxy
from tools.unity_codegen.package import PACKAGE

UNITY = Path(__file__).parent
HERE = ROOT / "tests/wasm"
LEAVE = HERE / "Leave.cs"
RUN_WAIT_S = 90
CUT_BYTES_MAX = 40_000
_TEST = re.compile(r"\[Test(?:\]|Case\()")
PLAYED = {
    "joined": 'Bram "the" Bård \N{DRAGON}',
    "messages": "True",
    "ticket": "3",
    "outcome": "the dragon sleeps",
    "end": "Removed",
    "seqs": "True",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder with the page, .NET and the programs, and its address."""
    framework = needs("tests/wasm") / "blazor/release/wwwroot/_framework"
    folder = tmp_path_factory.mktemp("wasm")
    (folder / "_framework").symlink_to(framework)
    for name in ("page.html", "page.mjs"):
        (folder / name).symlink_to(HERE / name)
    with served_folder(folder) as url:
        yield folder, url


@pytest.fixture(scope="module")
async def tab() -> AsyncIterator[Page]:
    """One for all tests: in a new one, the browser would compile .NET again."""
    async with chromium() as browser:
        yield await browser.new_page()


async def run(tab: Page, url: str, program: str, *arguments: str, libraries: Sequence[Path] = ()) -> list[str]:
    """The lines that the program prints. Fails with them if it does not end with 0."""
    asked = [
        ("program", program),
        *(("with", each.name) for each in libraries),
        *(("argument", each) for each in arguments),
    ]
    lines: list[str] = []
    ended = asyncio.Event()

    def note(line: str) -> None:
        lines.extend(line.splitlines())
        if line.startswith("exit "):
            ended.set()

    def note_message(said: ConsoleMessage) -> None:
        note(said.text)

    def note_error(error: Error) -> None:
        note(f"{error}\nexit 1")

    tab.on("console", note_message)
    tab.on("pageerror", note_error)
    try:
        async with asyncio.timeout(RUN_WAIT_S):
            await tab.goto(f"{url}/page.html?{urlencode(asked)}")
            await ended.wait()
    finally:
        tab.remove_listener("console", note_message)
        tab.remove_listener("pageerror", note_error)
        await tab.goto("about:blank")
    assert lines.pop() == "exit 0", "\n".join(lines)
    return lines


async def test_the_checks_of_the_streams_pass(tab: Page, pages: tuple[Path, str]) -> None:
    folder, url = pages
    compile_csharp(folder / "Checks.exe", [*sources(RUNTIME), *CHECKS], leave=LEAVE).rename(folder / "Checks.dll")

    lines = await run(tab, url, "Checks.dll")

    assert sorted(line for line in lines if line.startswith(("ok ", "failed "))) == sorted(
        f"ok {name}" for name in check_names(CHECKS)
    )


async def test_the_packages_own_tests_pass(tab: Page, pages: tuple[Path, str], outside: Build) -> None:
    folder, url = pages
    files = [*sources(PACKAGE / "Tests"), *sources(NUNIT)]
    libraries = [outside.library, hosting_library(outside)]
    program = compile_csharp(folder / "AdventureBot2.Lobby.Tests.exe", files, references=libraries, leave=LEAVE)
    program.rename(program.with_suffix(".dll"))
    for library in libraries:
        shutil.copy(library, folder)

    lines = await run(tab, url, "AdventureBot2.Lobby.Tests.dll", libraries=libraries)

    assert [line for line in lines if line.startswith("failed ")] == []
    assert len([line for line in lines if line.startswith("passed ")]) == sum(
        len(_TEST.findall(path.read_text(encoding="utf-8"))) for path in sources(PACKAGE / "Tests")
    )


def _program(folder: Path, library: Path) -> str:
    files = [HERE / "Play.cs", UNITY / "stream/journey/TestPlayer.cs"]
    compile_csharp(folder / "Play.exe", files, references=[library], leave=LEAVE).rename(folder / "Play.dll")
    shutil.copy(library, folder)
    return "Play.dll"


async def _play(tab: Page, url: str, program: str, library: Path, server: str) -> dict[str, str]:
    socket = server.replace("http://", "ws://")
    lines = await run(tab, url, program, server, socket, libraries=[library])
    return dict(line.split("=", 1) for line in lines if "=" in line)


async def test_two_players_play_a_party_over_sockets_of_the_page(
    tab: Page, pages: tuple[Path, str], outside: Build
) -> None:
    folder, url = pages
    program = _program(folder, outside.library)
    with lobby(
        grace_waiting_s=30, grace_in_progress_s=30, trusted_documents_only=True, allowed_origins=[url]
    ) as address:
        played = await _play(tab, url, program, outside.library, address.base)

    assert played.pop("kinds").startswith("MemberJoined,MessagePosted,MemberUpdated,CountdownStarted,SessionStarted")
    assert played.pop("states") == "Live,Ended"
    assert played == PLAYED


async def test_broken_connections_lose_and_repeat_nothing(tab: Page, pages: tuple[Path, str], outside: Build) -> None:
    folder, url = pages
    program = _program(folder, outside.library)
    with lobby(grace_waiting_s=30, grace_in_progress_s=30, allowed_origins=[url]) as address:
        host, port = address.base.removeprefix("http://").split(":")
        proxy = Proxy([(host, int(port))], CutDown(Random(3), CUT_BYTES_MAX), Random(4), Figures())
        await proxy.open()
        try:
            played = await _play(tab, url, program, outside.library, "http://{}:{}".format(*proxy.address))
        finally:
            await proxy.close()

    played.pop("kinds")
    assert "Reconnecting" in played.pop("states")
    assert played == PLAYED
