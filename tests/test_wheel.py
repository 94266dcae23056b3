"""The wheel, installed into an empty environment: the command serves from there, with nothing of the clone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from schema.server_info import VERSION
from tests.needs import ROOT, needs
from tests.waiting import wait_for_value

WAIT_S = 120
ADDRESS = re.compile(r"GraphQL and GraphiQL: (\S+)/graphql")
ALL_USAGES = """
import sys
from contextlib import suppress
from adventurebot_lobby.__main__ import main
for name in sys.argv[1:]:
    with suppress(SystemExit):
        main([name, "--help"])
"""
"""In one process, because each imports the server."""


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`adventurebot-lobby` in an environment that has the wheel and what the wheel names as its dependencies."""
    uv, *_ = needs("uv"), needs("graphiql"), needs("console")
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], ROOT)
    [wheel] = folder.glob("*.whl")
    locked = ["export", "-q", "--locked", "--no-dev", "--no-hashes", "--no-emit-project", "-o", f"{folder}/locked.txt"]
    run([str(uv), *locked], ROOT)
    run([str(uv), "venv", "-q", "--python", sys.executable, f"{folder}/empty"], ROOT)
    install(uv, folder / "empty", wheel, folder / "locked.txt")
    return folder / "empty" / "bin" / "adventurebot-lobby"


def install(uv: Path, venv: Path, wheel: Path, locked: Path) -> None:
    """From what uv has kept of earlier installations, or else from the package index.

    Where neither has everything, the dependencies are those of the environment of the tests.
    """
    options = ["pip", "install", "-q", "--python", f"{venv}/bin/python", str(wheel)]
    for source in (["--offline"], ["--no-progress"]):
        if not subprocess.run(
            [uv, *options, "-c", str(locked), *source], capture_output=True, timeout=WAIT_S
        ).returncode:
            return
    run([str(uv), *options, "--no-deps", "--offline"], ROOT)
    [packages] = venv.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))


def run(command: Sequence[str], folder: Path) -> str:
    ran = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=WAIT_S)
    assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
    return ran.stdout


def environment() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("LOBBY_", "PYTHON", "VIRTUAL_ENV"))
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working directory of the server."""
    return tmp_path_factory.mktemp("home")


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs with its default settings, apart from the port, and its log."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path


@pytest.fixture(scope="module")
def served(command: Path, home: Path) -> Iterator[Served]:
    log = home / "log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [command, "serve", "--port", "0"], cwd=home, env=environment(), stdin=subprocess.DEVNULL, stderr=stderr
        )
    try:
        found = wait_for_value(lambda: (process.poll(), ADDRESS.search(log.read_text())), any, WAIT_S)[1]
        assert found, log.read_text()
        wait_for_value(lambda: is_up(found[1]), bool, WAIT_S)
        yield Served(found[1], process, log)
    finally:
        process.terminate()
        assert process.wait(WAIT_S) == 0


@pytest.fixture(scope="module")
def address(served: Served) -> str:
    return served.address


def is_up(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz").is_success
    except httpx.TransportError:
        return False


def test_a_query_is_answered(address: str) -> None:
    answer = httpx.post(f"{address}/graphql", json={"query": "{ serverInfo { version } }"})

    assert answer.json() == {"data": {"serverInfo": {"version": VERSION}}}


@pytest.mark.parametrize("path", ["graphql", "docs"])
def test_a_built_page_and_the_files_that_it_loads_are_served(path: str, address: str) -> None:
    page = httpx.get(f"{address}/{path}", headers={"accept": "text/html"})
    assets = re.findall(r'(?:src|href)="(graphiql/[^"]+\.(?:js|css))"', page.text)

    assert page.headers["content-type"].startswith("text/html")
    assert assets
    assert [httpx.get(f"{address}/{asset}").status_code for asset in assets] == [200] * len(assets)


def test_the_operations_of_the_explorer_are_served(address: str) -> None:
    assert httpx.get(f"{address}/graphiql/examples.json").json()


def test_the_data_lies_in_the_working_directory(address: str, home: Path) -> None:
    assert (home / "data" / "lobby.db").is_file()


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_rates_and_origins_in_the_file_of_settings_are_read_anew(served: Served, home: Path) -> None:
    """A clone has that file beside server.py, where a test may not write."""
    query = {"query": "{ serverInfo { limits { mutationsPerSecond } } }"}
    origin = {"Origin": "https://play.example"}
    before = httpx.post(f"{served.address}/graphql", json=query, headers=origin)
    lines = ['LOBBY_ALLOWED_ORIGINS=["https://play.example"]', "LOBBY_MUTATIONS_PER_PLAYER_S=3", "LOBBY_MEMBERS_MAX=4"]
    (home / ".env").write_text("\n".join(lines))
    served.process.send_signal(signal.SIGHUP)
    wait_for_value(served.log.read_text, lambda text: "take effect after a restart: LOBBY_MEMBERS_MAX" in text, WAIT_S)
    after = httpx.post(f"{served.address}/graphql", json=query, headers=origin)

    assert "access-control-allow-origin" not in before.headers
    assert after.headers["access-control-allow-origin"] == "https://play.example"
    assert after.json()["data"]["serverInfo"]["limits"] == {"mutationsPerSecond": 3}


def test_the_version_is_the_servers(command: Path, home: Path) -> None:
    assert run([str(command), "--version"], home) == f"adventurebot-lobby {VERSION}\n"


def test_each_subcommand_shows_its_usage(command: Path, home: Path) -> None:
    names = re.findall(r"^  (\w+) ", run([str(command), "--help"], home), re.MULTILINE)
    usages = run([str(command.parent / "python"), "-c", ALL_USAGES, *names], home)

    assert {"serve", "check", "demo", "load", "chaos", "copy", "backup", "restore", "keys"} <= set(names)
    assert re.findall(r"^usage: adventurebot-lobby (\w+) ", usages, re.MULTILINE) == names


def test_traces_need_an_extra_which_is_named(command: Path, home: Path) -> None:
    settings = {"LOBBY_TRACES_URL": "http://127.0.0.1:1", "LOBBY_PORT": "0", "LOBBY_STORE": "memory://"}
    ran = subprocess.run(
        [command, "serve"], cwd=home, env=environment() | settings, capture_output=True, text=True, timeout=WAIT_S
    )

    assert ran.returncode == 1
    assert "LOBBY_TRACES_URL needs packages that are not installed: pip install" in ran.stderr


def test_a_subcommand_that_does_not_exist_is_named(command: Path, home: Path) -> None:
    ran = subprocess.run([command, "serv"], cwd=home, env=environment(), capture_output=True, text=True, timeout=WAIT_S)

    assert ran.returncode == 2
    assert "There is no subcommand 'serv'." in ran.stderr
