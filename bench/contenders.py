"""The servers that are measured. What each of them does and leaves out stands in the table that is printed."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.documents import ROOT
from bench.request import Form

SERVERS = ROOT / "bench/servers"
NODE_MODULES = ROOT / "bench/node_modules"

HTTP_ROWS = frozenset({"party", "untrusted", "mutation"})
STREAM_ROWS = frozenset({"fanout", "idle"})


@dataclass(frozen=True, slots=True)
class Contender:
    """`rows` are those that it takes part in. `learns`: a document's hash is good once text and hash were sent together.
    `is_lobby`: it has settings and tokens of its own; the others take a player's id at its word."""

    name: str
    what: str
    program: Path
    rows: frozenset[str]
    form: Form = Form.TEXT
    learns: bool = False
    is_lobby: bool = False

    @property
    def command(self) -> list[str]:
        return [node() if self.program.suffix == ".mjs" else sys.executable, str(self.program)]

    @property
    def missing(self) -> str | None:
        """Why it can't be started here; None when it can."""
        if self.program.suffix != ".mjs":
            return None
        if not NODE_MODULES.is_dir():
            return "its npm packages are not installed"
        return None if node() else "there is no node"


def node() -> str:
    """The machine's, or the one that a PyPI package brought; empty when there is neither."""
    beside_python = Path(sys.executable).parent / "node"
    return shutil.which("node") or (str(beside_python) if beside_python.exists() else "")


LOBBY = Contender(
    "lobby",
    "this server: tokens checked, every change durable in SQLite before its answer, idempotency keys kept",
    ROOT / "server.py",
    HTTP_ROWS | STREAM_ROWS | {"latency", "sizes", "restart"},
    Form.SHA256,
    is_lobby=True,
)
BARE = Contender(
    "bare",
    "the limit: bare ASGI on the same uvicorn, answering the lobby's bytes without reading the question",
    SERVERS / "bare.py",
    HTTP_ROWS | STREAM_ROWS,
)
_GRAPHQL_ROWS = HTTP_ROWS | STREAM_ROWS | {"latency"}
MERCURIUS = Contender(
    "mercurius",
    "mercurius 16 on Fastify, JIT on, documents prepared; in memory, no sign-in",
    SERVERS / "mercurius.mjs",
    _GRAPHQL_ROWS,
    Form.PREPARED,
)
YOGA = Contender(
    "yoga",
    "GraphQL Yoga 5 on Node's HTTP server, graphql-ws, persisted operations; in memory, no sign-in",
    SERVERS / "yoga.mjs",
    _GRAPHQL_ROWS,
    Form.SHA256,
)
APOLLO = Contender(
    "apollo",
    "Apollo Server 5 on Express, graphql-ws, automatic persisted queries; in memory, no sign-in",
    SERVERS / "apollo.mjs",
    _GRAPHQL_ROWS,
    Form.SHA256,
    learns=True,
)
STRAWBERRY = Contender(
    "strawberry",
    "Strawberry behind FastAPI's GraphQLRouter, as its guide shows; in memory, no sign-in; text only",
    SERVERS / "guide.py",
    HTTP_ROWS | STREAM_ROWS,  # Not latency: to take 4,000 followers in costs it minutes.
)
COLYSEUS = Contender(
    "colyseus",
    "Colyseus 0.18: a room's broadcast, for fan-out (no GraphQL); in memory, no sign-in",
    SERVERS / "colyseus.mjs",
    STREAM_ROWS,
)
RIVALS = (BARE, MERCURIUS, YOGA, APOLLO, STRAWBERRY, COLYSEUS)
ALL = (LOBBY, *RIVALS)
