"""Finds the files that one mutation and the delivery of one event cross.

The mutation is traced without followers, the event by comparison: a file belongs to it if it is called more often with one
follower connected than without. This counts files that both share, and it does not depend on how the server is built.
Repetitions remove calls of timers.
"""

from __future__ import annotations

import itertools
import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from tools.bench.contenders import LOBBY, PLAIN, Contender
from tools.bench.documents import ROOT
from tools.bench.load.followers import EVENT, follow, quiesce
from tools.bench.load.socket_loop import SocketLoop
from tools.bench.load.websocket import WebSocketConnection
from tools.bench.rows.requests import ready_mutation
from tools.bench.serving import DidNotServe, RunningServer, start_server
from tools.bench.setup import Setup, Size, build_setup

PROGRAM = ROOT / "tools/file_count/traced_server.py"
REPETITIONS = 5
WARM_UPS = 4
"""Mutations before the first traced one, since the first ones fill caches."""
SETTLE_S = 0.3
"""Time for work after the response, such as waking followers."""
SIGNAL_WAIT_S = 10.0
POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class Trace:
    """Paths below the root of the repository, sorted."""

    mutation: tuple[str, ...]
    event: tuple[str, ...]


def trace(is_fast: bool) -> Trace:
    """Trace a server with LOBBY_FAST true or false. Raises `DidNotServe`."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        setup = build_setup(folder / "setup", Size(parties=1, members=2, known=1, signed_in=2))
        calls = folder / "calls.json"
        base = LOBBY if is_fast else PLAIN
        contender = replace(base, program=PROGRAM, settings=(*base.settings, ("BENCH_CALLS", str(calls))))
        without = list(_trace_mutations(contender, setup, calls, follows=False))
        with_follower = list(_trace_mutations(contender, setup, calls, follows=True))
    files = set().union(*without, *with_follower)
    mutation = {file for file in files if all(file in counts for counts in without)}
    event = {
        file
        for file in files
        if min(counts.get(file, 0) for counts in with_follower) > max(counts.get(file, 0) for counts in without)
    }
    return Trace(tuple(sorted(mutation)), tuple(sorted(event)))


def _trace_mutations(contender: Contender, setup: Setup, calls: Path, follows: bool) -> Iterator[dict[str, int]]:
    """Calls by file for each traced mutation. With `follows`, the other member of the party follows it."""
    party = setup.world.parties[0]
    with start_server(contender, setup) as server, _follower(server, setup, follows) as follower:
        for number, ready in zip(range(WARM_UPS + REPETITIONS), itertools.cycle((True, False)), strict=False):
            request = ready_mutation(contender, party, party.members[0], ready, str(uuid4()))
            if number >= WARM_UPS:
                _toggle(server, calls)
            answer = server.request("POST", "/graphql", request.body, request.token)
            if "PartyChanged" not in answer:
                raise DidNotServe(f"setReady was answered by {answer[:300]}")
            if follower is not None:
                follower.receive_with(EVENT)
            time.sleep(SETTLE_S)
            if number >= WARM_UPS:
                yield _toggle(server, calls)


@contextmanager
def _follower(server: RunningServer, setup: Setup, follows: bool) -> Iterator[WebSocketConnection | None]:
    if not follows:
        yield None
        return
    party = setup.world.parties[0]
    follower = follow(server, party, party.members[1])
    try:
        with SocketLoop() as loop:
            quiesce(server, loop)
        yield follower
    finally:
        follower.close()


def _toggle(server: RunningServer, calls: Path) -> dict[str, int]:
    """Start or stop counting. Returns the counts of the server once it has written them."""
    calls.unlink(missing_ok=True)
    server.signal(signal.SIGUSR2)
    deadline_s = time.monotonic() + SIGNAL_WAIT_S
    while not calls.exists():
        if time.monotonic() > deadline_s:
            raise DidNotServe(f"the traced server wrote no counts within {SIGNAL_WAIT_S:g} s")
        time.sleep(POLL_S)
    counts: dict[str, int] = json.loads(calls.read_text(encoding="utf-8"))
    return counts
