"""The JavaScript and Python clients of the README, run as they stand."""

from __future__ import annotations

import asyncio
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.players import EVENT_WAIT_S, Player
from tests.needs import ROOT, needs
from tools.demo.address import Address

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
JOIN_CODE = re.compile(rb"join code: (\w+)")


def client(language: str, address: Address) -> str:
    """The block of the README in that language, with the address of the server under test."""
    blocks: list[tuple[str, str]] = BLOCK.findall(README)
    [block] = [text for name, text in blocks if name == language]
    return block.replace("ws://127.0.0.1:8000/graphql", address.socket)


@pytest.fixture
def javascript(tmp_path: Path, address: Address) -> Iterator[Path]:
    """The JavaScript client, in a file beside its packages, where node finds them."""
    needs("tests/js")
    file = ROOT / "tests/js" / f"{tmp_path.name}.mjs"
    file.write_text(client("js", address), encoding="utf-8")
    yield file
    file.unlink()


@pytest.fixture
def python(tmp_path: Path, address: Address) -> Path:
    """The Python client, in a file."""
    file = tmp_path / "client.py"
    file.write_text(client("python", address), encoding="utf-8")
    return file


async def test_the_javascript_client_follows_its_party(javascript: Path, ada: Player) -> None:
    await assert_follows([str(needs("node")), str(javascript)], ada)


async def test_the_python_client_follows_its_party(python: Path, ada: Player) -> None:
    await assert_follows([sys.executable, str(python)], ada)


async def assert_follows(command: list[str], joiner: Player) -> None:
    """The program prints its join code, and then the snapshot and the player who joins by that code."""
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(EVENT_WAIT_S):
            code = JOIN_CODE.match(await process.stdout.readline())
            assert code is not None
            assert await process.stdout.readline() == b"1 PartySnapshot\n"
            await joiner.does("JoinByCode", joinCode=code[1].decode())
            assert await process.stdout.readline() == b"2 MemberJoined\n"
    finally:
        process.kill()
        await process.communicate()
