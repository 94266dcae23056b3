"""urql and Apollo Client, set up as docs/javascript.md says, on a running server."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journey.players import DOCUMENTS, guest
from tests.needs import ROOT, needs
from tests.served.lobby import lobby
from tests.served.process import server_process
from tools.client_bundle import BUNDLE, POSSIBLE_TYPES
from tools.demo.http_client import http_client

PAGE = ROOT / "docs/javascript.md"
FILE_ON_PAGE = re.compile(r"```js\n(// (lobby-\w+\.js)\n.*?)```", re.DOTALL)
RUN_WAIT_S = 60
INVALID = "Cannot query field 'typo' on type 'Query'."
NOT_TRUSTED = "This server takes no documents but its trusted ones."
SHORT_GET = {"method": "GET", "status": 200, "type": "application/graphql-response+json"}
POST = {**SHORT_GET, "method": "POST"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The programs of tests/js/libraries, beside the files of the page and the packages that they import."""
    folder = tmp_path / "libraries"
    shutil.copytree(ROOT / "tests/js/libraries", folder)
    (folder / "node_modules").symlink_to(needs("tests/js"))
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    for text, name in FILE_ON_PAGE.findall(PAGE.read_text(encoding="utf-8")):
        (folder / name).write_text(text, encoding="utf-8")
    for file in (BUNDLE, POSSIBLE_TYPES):
        shutil.copy(file, folder)
    return folder


@asynccontextmanager
async def steps(folder: Path, *call: str) -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
    """The steps that a program prints. Fails if it ends in any way but well."""
    process = await asyncio.create_subprocess_exec(str(needs("node")), *call, cwd=folder, stdout=PIPE, stderr=PIPE)

    async def read() -> AsyncIterator[tuple[str, Any]]:
        assert process.stdout is not None
        assert process.stderr is not None
        async for line in process.stdout:
            step = json.loads(line)
            yield step["step"], step["value"]
        complaint = await process.stderr.read()
        assert await process.wait() == 0, complaint.decode()

    try:
        async with asyncio.timeout(RUN_WAIT_S):
            yield read()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def answers(folder: Path, library: str) -> dict[str, Any]:
    """The results of the library with a server, and with a server that takes trusted documents only."""
    with lobby() as address, lobby(trusted_documents_only=True) as trusted:
        async with steps(folder, f"{library}.mjs", address.http, trusted.http) as read:
            return {step: value async for step, value in read}


async def test_urql_shows_answers_errors_and_refusals(folder: Path) -> None:
    assert await answers(folder, "urql") == {
        "short query": SHORT_GET,
        "long query": POST,
        "invalid": {"message": f"[GraphQL] {INVALID}", "code": "GRAPHQL_VALIDATION_FAILED", "status": 400},
        "stranger": {"message": "[GraphQL] Sign in first.", "code": "UNAUTHENTICATED", "status": 200},
        "no such page": {"message": "[Network] Not Found", "status": 404},
        "rejected": ["Rejection", "NOT_FOUND"],
        "followed": "PartySnapshot",
        "not found": {"message": "[GraphQL] There is no such party.", "code": "NOT_FOUND"},
        "followed over HTTP": "PartySnapshot",
        "refused token": [4403, "the access token is not valid"],
        "hash": ["serverInfo"],
        "hash alone": [SHORT_GET],
        "not trusted": {"message": f"[GraphQL] {NOT_TRUSTED}", "code": "DOCUMENT_NOT_TRUSTED", "status": 400},
    }


async def test_apollo_client_shows_answers_errors_and_refusals(folder: Path) -> None:
    graphql = {"name": "CombinedGraphQLErrors"}
    assert await answers(folder, "apollo") == {
        "without a party": None,
        "history": ["PartyCreated", 1],
        "cached": ["Party", "Player"],  # each once, although several operations bring it
        "settings": ["Hard", False],  # the list, which came last, does not select `locked`
        "query": POST,
        "invalid": {**graphql, "message": INVALID, "code": "GRAPHQL_VALIDATION_FAILED"},
        "stranger": {**graphql, "message": "Sign in first.", "code": "UNAUTHENTICATED"},
        "no such page": {
            "name": "ServerError",
            "message": "Response not successful: Received status code 404",
            "status": 404,
        },
        "rejected": ["Rejection", "NOT_FOUND"],
        "batch": "Batches are not taken: send one operation at a time, as a JSON object.",
        "followed": "PartySnapshot",
        "not found": {**graphql, "message": "There is no such party.", "code": "NOT_FOUND"},
        "refused token": {
            "name": "Error",
            "message": "Socket closed with event 4403 the access token is not valid",
        },
        "automatic": "ServerInfo",
        "requests": [400, 200],  # PERSISTED_QUERY_NOT_FOUND, and then the document
        "hash": ["Easy", "Normal", "Hard"],
        "hash alone": [SHORT_GET],
        "not trusted": {**graphql, "message": NOT_TRUSTED, "code": "DOCUMENT_NOT_TRUSTED"},
    }


@pytest.mark.parametrize("library", ["urql", "apollo"])
async def test_a_subscription_goes_on_after_a_crash_without_a_loss(library: str, folder: Path, tmp_path: Path) -> None:
    said = [f"message {number}" for number in range(5)] + ["good night"]
    seen: list[tuple[str, Any]] = []

    async def read_until(is_last: Callable[[str, Any], bool]) -> Any:
        async for step, value in read:
            seen.append((step, value))
            if is_last(step, value):
                return value
        raise AssertionError(f"the program has ended: {seen}")

    async with server_process(tmp_path / "lobby.db") as server, http_client(server.address, DOCUMENTS) as http:
        bram = await guest(http, server.address)
        async with steps(folder, "follow.mjs", library, server.address.http) as read:
            code = await read_until(lambda step, _value: step == "code")
            assert ("sockets", 0) in seen, "the socket opens with the first subscription"
            joined = await bram.does("JoinByCode", joinCode=code)
            await read_until(lambda step, value: step == "event" and value["type"] == "MemberJoined")
            port = httpx.URL(server.address.base).port
            await server.kill()
            async with server_process(tmp_path / "lobby.db", port=port):
                for text in said:
                    await bram.does("PostMessage", partyId=joined["party"]["id"], text=text)
                seen += [step async for step in read]

    events = [value for step, value in seen if step == "event"]
    assert [event["text"] for event in events if event["type"] == "MessagePosted"] == said
    assert [event["seq"] for event in events] == list(range(2, 2 + len(events))), (
        "each entry came once, and no snapshot"
    )
    assert ("refreshed", "Jo") in seen
    assert {value for step, value in seen if step == "cached"} == ({True} if library == "apollo" else set())
