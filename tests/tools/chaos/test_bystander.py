"""A server that answers too late is found, unless it was suspended in that time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tools.chaos.evidence import Evidence
from tools.chaos.figures import Figures
from tools.chaos.players.bystander import SLACK_S, TimedTransport
from tools.chaos.players.context import KnownParties, RunContext
from tools.chaos.ports import HOST, free_ports
from tools.chaos.servers.node import Node

LATE_S = SLACK_S + 1.5
SERVER = f"""
import http.server, os, time
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b"")
    def do_POST(self):
        asked = self.rfile.read(int(self.headers["content-length"]))
        time.sleep({LATE_S} if b"Late" in asked else 0)
        self.answer(b'{{"data": {{"answer": 1}}}}')
    def answer(self, body):
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *ignored):
        pass
http.server.ThreadingHTTPServer(("{HOST}", int(os.environ["LOBBY_PORT"])), Handler).serve_forever()
"""


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    node = Node("server-1", free_ports(1)[0], (sys.executable, "-c", SERVER), {}, tmp_path / "server.log")
    await node.start()
    await node.wait_up()
    yield node
    await node.kill()


async def ask(node: Node, operation: str) -> list[str]:
    """The failures that one request leads to, where no wait is documented."""
    documents = dict.fromkeys(("Late", "Soon", "ServerInfo"), "query { answer }")
    context = RunContext((HOST, node.port), documents, Evidence(), Figures(), KnownParties(1), 1, 1.0)
    transport = TimedTransport(node, context, wait_max_s=0.0, settled_s=0.0)
    assert await transport.ask(operation, {}, None) == 1
    await transport.close()
    return context.evidence.failures


async def test_an_answer_after_the_documented_time_is_a_failure(node: Node) -> None:
    assert await ask(node, "Soon") == []
    [failure] = await ask(node, "Late")
    assert "server-1 took" in failure


async def test_a_server_that_was_suspended_is_not_measured(node: Node) -> None:
    asking = asyncio.create_task(ask(node, "Late"))
    await asyncio.sleep(0.1)
    node.freeze()
    node.thaw()
    assert await asking == []
