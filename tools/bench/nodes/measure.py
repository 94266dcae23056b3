"""Measurements of nodes over one Valkey: cost of a mutation, delay to followers on another node, calls of the Valkey."""

from __future__ import annotations

import re
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import count, islice
from uuid import uuid4

from tools.bench.contenders import LOBBY
from tools.bench.documents import Request
from tools.bench.load.socket_loop import SocketLoop
from tools.bench.load.wrk import LoadResult, run_wrk
from tools.bench.machine import use_both_cores
from tools.bench.nodes.over_valkey import OverValkey
from tools.bench.rows.requests import ready_mutation, ready_mutations, untrusted_queries
from tools.bench.rows.steady_load import SteadyLoad
from tools.bench.serving import DidNotServe, RunningServer, start_server
from tools.bench.setup import Setup
from tools.bench.world import Party

CONNECTIONS = 32
"""Connections to all nodes together."""
CALL_PARTIES = 25
"""With this number all players act again within three seconds. If players pause for longer, their node reports them to the other
nodes, and those reports would be counted too."""
WAIT_S = 10.0
_MONITOR_LINE = re.compile(rb'^\+[\d.]+ \[\d+ (\S+)\] "(\w+)"', re.MULTILINE)
"""A line of MONITOR: time, database, client (`lua` for a call within a script), command."""
_END_MARK = b"bench-is-over"


@dataclass(frozen=True, slots=True)
class Cost:
    """`rate`: mutations per second of all nodes together. `node_us` and `valkey_us`: CPU time for each mutation."""

    rate: float
    p50_ms: float
    p99_ms: float
    node_us: float
    valkey_us: float = 0.0
    stored_bytes: float = 0.0
    """Growth of the memory of the Valkey for each mutation: an entry of the log, and the record of its idempotency key."""


@dataclass(frozen=True, slots=True)
class Delay:
    """From a mutation to the last member of its party, at the 50th and at the 99th percentile."""

    p50_ms: float
    p99_ms: float
    followed_us: float
    """CPU time, for each mutation, of the node that the members are connected to."""


def measure_mutations(setup: Setup, nodes: int, seconds: int, warm_up_s: int, both_cores: bool = False) -> Cost:
    """`setup`: an `OverValkey` for more than one node. With `both_cores` the load program takes its part of the second core, and
    nodes and Valkey have the rest of both. Raises `DidNotServe`, `LoadFailed`."""
    with ExitStack() as stack:
        servers = [stack.enter_context(start_server(LOBBY, setup)) for _ in range(nodes)]
        if both_cores:
            for server in servers:
                use_both_cores(server.pid)
            if isinstance(setup, OverValkey):
                use_both_cores(setup.valkey.pid)
        shares = [setup.world.parties[number::nodes] for number in range(nodes)]
        if warm_up_s:
            _load(servers, shares, warm_up_s, queries=True)
            _load(servers, shares, warm_up_s)
        before = _usage(servers, setup)
        loads = _load(servers, shares, seconds)
        after = _usage(servers, setup)
    requests = sum(load.requests for load in loads)
    node_s, valkey_s, stored_bytes = (late - early for early, late in zip(before, after, strict=True))
    return Cost(
        rate=sum(load.rate for load in loads),
        p50_ms=max(load.p50_ms for load in loads),
        p99_ms=max(load.p99_ms for load in loads),
        node_us=node_s / requests * 1e6,
        valkey_us=valkey_s / requests * 1e6,
        stored_bytes=stored_bytes / requests,
    )


def measure_delay(setup: Setup, same_node: bool, rate: int, seconds: int, warm_up_s: int) -> Delay:
    """The members follow on the node that runs the mutations, or without `same_node` on another one."""
    with start_server(LOBBY, setup) as server, ExitStack() as stack, SocketLoop() as loop:
        followed = server if same_node else stack.enter_context(start_server(LOBBY, setup))
        load = SteadyLoad(server, setup.world.parties, loop, rate)
        with load.followed(followed), load.connected():
            load.send(warm_up_s)
            since_s, before_s, answered = time.perf_counter(), followed.cpu_s(), load.answers
            load.send(seconds)
            load.finish()
            followed_s, mutations = followed.cpu_s() - before_s, load.answers - answered
    return Delay(*load.percentiles_ms(since_s), followed_s / mutations * 1e6)


def count_valkey_calls(setup: OverValkey) -> dict[str, float]:
    """Calls of the Valkey for one mutation on average, by command. Includes the node's periodic calls, a few per second."""
    with start_server(LOBBY, setup) as server:
        requests = _changes(setup)
        mutations = sum(len(party.members) for party in setup.world.parties[:CALL_PARTIES])
        _send(server, requests, mutations)  # Afterwards the server has seen all players.
        with closing(socket.create_connection(setup.valkey.address, WAIT_S)) as monitor:
            monitor.sendall(b"MONITOR\r\n")
            monitor.recv(5)
            _send(server, requests, mutations)
            lines = _read_monitor(monitor, setup)
    calls = Counter(command.decode().upper() for client, command in _MONITOR_LINE.findall(lines) if client != b"lua")
    del calls["ECHO"]
    return {command: number / mutations for command, number in calls.most_common()}


def pause() -> None:
    """Wait between two servers, until the disk has written what the first one left."""
    time.sleep(0.5)


def _load(
    servers: Sequence[RunningServer], shares: Sequence[Sequence[Party]], seconds: int, queries: bool = False
) -> list[LoadResult]:
    """Load all nodes at the same time."""
    make_requests = untrusted_queries if queries else ready_mutations

    def load(server: RunningServer, parties: Sequence[Party]) -> LoadResult:
        return run_wrk(server.port, "/graphql", make_requests(LOBBY, parties), seconds, CONNECTIONS // len(servers))

    with ThreadPoolExecutor(len(servers)) as pool:
        return list(pool.map(load, servers, shares))


def _usage(servers: Sequence[RunningServer], setup: Setup) -> tuple[float, float, float]:
    """CPU seconds of the nodes and of the Valkey, and the memory of the Valkey in bytes."""
    nodes_s = sum(server.cpu_s() for server in servers)
    if not isinstance(setup, OverValkey):
        return nodes_s, 0.0, 0.0
    return nodes_s, setup.cpu_s(), setup.memory_bytes()


def _changes(setup: OverValkey) -> Iterator[Request]:
    """Mutations without end, each of them a change: all players become ready, then all unready, and so on."""
    for round_ in count():
        for party in setup.world.parties[:CALL_PARTIES]:
            for member in party.members:
                yield ready_mutation(LOBBY, party, member, round_ % 2 == 0, str(uuid4()))


def _send(server: RunningServer, requests: Iterator[Request], times: int) -> None:
    for request in islice(requests, times):
        server.request("POST", "/graphql", request.body, request.token)


def _read_monitor(monitor: socket.socket, setup: OverValkey) -> bytes:
    """All lines of MONITOR up to an ECHO that marks the end. Raises `DidNotServe` without one in `WAIT_S`."""
    with closing(socket.create_connection(setup.valkey.address, WAIT_S)) as client:
        client.sendall(b"ECHO %b\r\n" % _END_MARK)
        client.recv(64)
    deadline_s = time.perf_counter() + WAIT_S
    lines = b""
    while _END_MARK not in lines:
        if time.perf_counter() > deadline_s:
            raise DidNotServe(f"MONITOR did not show the end mark within {WAIT_S:g} s")
        lines += monitor.recv(1 << 20)
    return lines
