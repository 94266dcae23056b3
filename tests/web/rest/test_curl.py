"""The curl lines of the readme and the docs, run unchanged and in their order."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.needs import ROOT, needs
from tests.web.rest_client import Answer, running

ADDRESS = "http://127.0.0.1:8000"
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
RUN_WAIT_S = 60


@pytest.fixture
def url() -> Iterator[str]:
    for tool in ("bash", "curl", "jq"):
        needs(tool)
    with running(open_rest=True) as url:
        yield url


def blocks(path: str) -> list[str]:
    """The shell lines of a document that send requests to the server."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return [block for block in BLOCK.findall(text) if "curl" in block or "ask " in block]


def run(url: str, *scripts: str) -> list[Any]:
    """The JSON responses that the lines print, one after the other."""
    script = "set -eo pipefail\n" + "\n".join(scripts).replace(ADDRESS, url)
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=RUN_WAIT_S, check=False)
    assert ran.returncode == 0, ran.stderr
    return list(values(ran.stdout))


def values(printed: str) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    while printed := printed.lstrip():
        value, end = decoder.raw_decode(printed)
        yield value
        printed = printed[end:]


def test_the_lines_of_the_readme_start_a_first_party(url: str) -> None:
    sign_in, create, session, rest = blocks("README.md")
    start, mine, complete = session.splitlines()
    [created] = run(url, sign_in, create)
    assert created["data"]["createParty"]["party"]["joinCode"]
    keep = f"PARTY=$({create.strip()} | jq -r .data.createParty.party.id)"
    started, shown, too_soon = run(
        url,
        sign_in,
        keep,
        with_id(start, "PARTY"),
        with_id(mine, "PARTY"),
        f"SESSION=$({mine} | jq -r .data.myParty.session.id)",
        with_id(complete, "SESSION"),
    )
    session_id = started["data"]["startSession"]["session"]["id"]
    assert shown["data"]["myParty"]["session"]["id"] == session_id
    assert too_soon["data"]["completeSession"] == {"code": "SESSION_NOT_ACTIVE"}, "the countdown of 3 s runs"

    seen, rows, left = run(url, sign_in, rest)
    assert seen["session_id"] in [row["session_id"] for row in rows]
    assert left["status"] == "left"


def with_id(line: str, variable: str) -> str:
    """The line with the id that the reader has to put in."""
    return line.replace("…", f"'\"${variable}\"'")


def test_the_lines_of_the_docs_work(url: str) -> None:
    signed_in, unnamed = blocks("docs/rest.md")
    made, rows = run(url, signed_in)
    assert made["session_id"] in [row["session_id"] for row in rows]
    joined: list[Answer] = run(url, unnamed)
    assert [answer["status"] for answer in joined] == ["joined", "joined", "waiting", "left"]
    assert joined[2]["party"] == ["alice", "bob"]


def test_the_line_of_the_docs_follows_a_party(url: str) -> None:
    signed_in = blocks("docs/rest.md")[0]
    [follow] = blocks("docs/sse.md")
    lines = signed_in.partition('curl -s -X POST "')[0]
    script = "\n".join((lines, with_id(follow.strip(), "PARTY") + " --max-time 2 || true")).replace(ADDRESS, url)
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=RUN_WAIT_S, check=True)
    assert "event: next\nid: " in ran.stdout
    assert '"__typename":"PartySnapshot"' in ran.stdout
