"""The log of a server process: JSON lines with request and player, the access log, and stacks on a signal."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.journey.players import DOCUMENTS
from tests.served.lobby import guests
from tests.served.process import ServerProcess, server_process
from tests.waiting import wait_until
from tools.demo.http_client import http_client

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")


def lines(server: ServerProcess) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.decode().splitlines() if line.startswith("{")]


async def test_lines_are_json_with_request_and_player_and_a_signal_writes_stacks(tmp_path: Path) -> None:
    async with (
        server_process(tmp_path / "lobby.db", log_format="json", access_log=True, log_player_ids="hashed") as server,
        http_client(server.address, DOCUMENTS) as http,
    ):
        (ann,) = await guests(http, server.address, 1)
        for _ in range(3):  # the fast path takes a request once it knows its head
            await ann.ask("MyParty")
        async with ann.connected():
            pass

        def accesses(path: str) -> list[dict[str, Any]]:
            found = [line for line in lines(server) if line["logger"] == "lobby.access" and line["path"] == path]
            return [line for line in found if line["method"] == "POST"]

        async def is_logged() -> bool:
            return len(accesses("/graphql")) >= 4 and "WebSocket /graphql 101" in server.log.decode()

        await wait_until(is_logged)
        line = accesses("/graphql")[-1]
        assert (line["level"], line["status"], line["address"]) == ("info", 200, "127.0.0.1")
        assert line["request_id"]
        assert len(line["player_id"]) == 16
        assert line["ms"] >= 0
        assert ann.id not in server.log.decode()

        server.write_stacks()

        async def has_stacks() -> bool:
            return b"most recent call first" in server.log

        await wait_until(has_stacks)
        assert await ann.ask("MyParty") is None
