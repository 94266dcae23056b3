"""The generated client of JavaScript: its types are checked, and two players play with it under node."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from asyncio.subprocess import PIPE
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.needs import ROOT, needs
from tests.served.lobby import lobby
from tests.unity.stream.proxy_faults import CutDown
from tools.chaos.figures import Figures
from tools.chaos.proxy.proxy import Proxy
from tools.typescript_codegen.files import FOLDER, generated_files

HERE = ROOT / "tests/typescript"
PAGE = ROOT / "docs/javascript.md"
BLOCK = re.compile(r"```ts\n(.*?)```", re.DOTALL)
COMPILE_WAIT_S = 60
RUN_WAIT_S = 60
MESSAGES = 20
TOKEN_S = 4
CUT_BYTES_MAX = 40_000


def test_the_generated_files_are_current() -> None:
    stale = [
        str(path) for path, text in generated_files().items() if (FOLDER / path).read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run scripts/unity"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """play.ts, checked and compiled with the code of the page, beside the client and the packages that both import."""
    packages = needs("tests/typescript")
    folder = tmp_path_factory.mktemp("typescript")
    shutil.copytree(FOLDER, folder / "node_modules/adventurebot2-lobby")
    for name in ("typescript", "ws"):
        (folder / "node_modules" / name).symlink_to(packages / name)
    for name in ("play.ts", "run.mjs", "package.json"):
        shutil.copy(HERE / name, folder)
    checks = ["--strict", "--noUncheckedIndexedAccess", "--target", "es2022", "--lib", "es2023,dom,dom.asynciterable"]
    (folder / "page.ts").write_text(BLOCK.findall(PAGE.read_text(encoding="utf-8"))[0], encoding="utf-8")
    options = [*checks, "--module", "nodenext", "--noEmitOnError", "--skipDefaultLibCheck", "play.ts", "page.ts"]
    compiler = packages / "typescript/bin/tsc"
    done = subprocess.run(
        [needs("node"), compiler, *options], cwd=folder, capture_output=True, text=True, timeout=COMPILE_WAIT_S
    )
    assert done.returncode == 0, done.stdout
    return folder / "play.js"


async def play(program: Path, url: str, *more: str) -> dict[str, Any]:
    call = [str(needs("node")), str(program.with_name("run.mjs")), str(program), url, *more]
    process = await asyncio.create_subprocess_exec(*call, stdout=PIPE, stderr=PIPE, cwd=program.parent)
    try:
        async with asyncio.timeout(RUN_WAIT_S):
            out, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, out.decode() + complaint.decode()
    steps = [json.loads(line) for line in out.decode().splitlines()]
    return {step["step"]: step.get("value") for step in steps}


def check(played: dict[str, Any]) -> None:
    seqs = played.pop("seqs")
    assert len(set(seqs)) == len(seqs), "each entry came once"
    assert seqs == sorted(seqs)
    assert played.pop("messages") == [f"message {number}" for number in range(1, MESSAGES + 1)]
    assert played == {
        "player": "Ada",
        "refused": "NOT_FOUND",
        "ticket": 3,
        "kinds": [
            "MessagePosted",
            "MemberUpdated",
            "CountdownStarted",
            "SessionStarted",
            "SessionEnded",
            "MemberLeft",
            "Removed",
        ],
        "ended": "the dragon sleeps",
        "removed": "LEFT",
        "stranger": "NOT_FOUND",
        "signed-out": [None, None],
    }


async def test_two_players_of_the_typescript_client_play_a_party(program: Path) -> None:
    with lobby(grace_waiting_s=30, grace_in_progress_s=30, trusted_documents_only=True) as address:
        played = await play(program, address.base)

    assert played.pop("states")[-1] == "ended"
    assert played.pop("refreshed") == [False, False]
    check(played)


async def test_broken_connections_and_expired_tokens_lose_and_repeat_nothing(program: Path) -> None:
    with lobby(grace_waiting_s=30, grace_in_progress_s=30, access_token_min=TOKEN_S / 60) as address:
        host, port = address.base.removeprefix("http://").split(":")
        proxy = Proxy([(host, int(port))], CutDown(Random(3), CUT_BYTES_MAX), Random(4), Figures())
        await proxy.open()
        try:
            played = await play(program, "http://{}:{}".format(*proxy.address), str(TOKEN_S * 1000))
        finally:
            await proxy.close()

    assert "reconnecting" in played.pop("states")
    assert played.pop("refreshed") == [True, True]
    check(played)
