"""The scripts, as a person on a machine with little on it runs them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.needs import ROOT, needs, needs_mounts

SCRIPTS = sorted((ROOT / "scripts").iterdir())
COMMANDS = [script for script in SCRIPTS if script.suffix == ""]
STOP_WAIT_S = 20
UP_WAIT_S = 60
WHERE = re.compile(r"(http://[\d.]+:\d+)/graphql")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_is_understood_by_a_plain_shell(script: Path) -> None:
    subprocess.run(["sh", "-n", script], check=True)


@pytest.mark.parametrize("script", COMMANDS, ids=lambda script: script.name)
def test_a_command_can_be_called_by_its_name(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert script.read_text().startswith("#!/bin/sh\n# ")


def test_an_older_node_of_the_machine_is_passed_over(tmp_path: Path) -> None:
    """As on a machine where Emscripten's package has brought Debian's node without npm."""
    machine, packages = tmp_path / "bin", tmp_path / ".venv/bin"
    for folder, names, code in ((machine, ["node"], 1), (packages, ["node", "npm"], 0)):
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).write_text(f"#!/bin/sh\nexit {code}\n")
            (folder / name).chmod(0o755)
    shell = f'root="{tmp_path}"; sync() {{ :; }}; . "{ROOT}/scripts/node.sh"; command -v node'

    found = subprocess.check_output(["/bin/sh", "-euc", shell], env={"PATH": str(machine)}, text=True)

    assert Path(found.strip()) == packages / "node"


IN_A_CLONE_TO_READ = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && ! touch "$0/written" && exec "$@"'


@contextmanager
def serving(folder: Path, *within: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """scripts/serve, called from another folder and without a home; and the address at which it says it is.

    `within`: the beginning of a command that starts it.
    """
    environment = {name: value for name, value in os.environ.items() if name != "HOME"}
    process = subprocess.Popen(
        [*within, ROOT / "scripts/serve", "--port", "0"],
        cwd=folder,
        env={**environment, "LOBBY_STORE": "memory://"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, _address(process)
    finally:
        process.terminate()
        process.communicate(timeout=STOP_WAIT_S)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        found = WHERE.search(line)
        if found:
            return found[1]
    raise AssertionError(f"no server: {''.join(lines)}")


def ask(url: str) -> httpx.Response:
    """The server logs its address a moment before it accepts connections."""
    give_up_at = time.monotonic() + UP_WAIT_S
    while True:
        try:
            return httpx.post(f"{url}/graphql", json={"query": "{ serverInfo { maxMembers } }"})
        except httpx.ConnectError:
            assert time.monotonic() < give_up_at, f"nobody accepts connections at {url}"
            time.sleep(0.1)


def test_serve_runs_from_any_folder_without_a_home(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, url):
        assert ask(url).json() == {"data": {"serverInfo": {"maxMembers": 8}}}

    assert list(tmp_path.iterdir()) == []


def test_serve_runs_from_a_clone_that_can_not_be_written(tmp_path: Path) -> None:
    needs_mounts()
    within = [str(needs("unshare")), "--mount", "sh", "-c", IN_A_CLONE_TO_READ, str(ROOT)]
    with serving(tmp_path, *within) as (_, url):
        assert ask(url).is_success


def test_a_signal_to_serve_reaches_the_server(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, url):
        ask(url)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=STOP_WAIT_S)

        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/graphql")
