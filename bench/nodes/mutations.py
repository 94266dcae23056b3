"""Mutations a second, and what each costs a node and the Valkey."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from bench.contenders import LOBBY
from bench.load.wrk import Load, load
from bench.nodes.over_valkey import OverValkey
from bench.rows.asks import ready_mutations, untrusted_queries
from bench.rows.teaching import teach
from bench.serving import Served, served
from bench.stage import Stage
from bench.world import Party

CONNECTIONS = 32
"""Of all nodes together."""


@dataclass(frozen=True, slots=True)
class Cost:
    """`rate`: all nodes together. `node_us` and `valkey_us`: of a core, for each mutation."""

    rate: float
    p50_ms: float
    p99_ms: float
    node_us: float
    valkey_us: float = 0.0
    kept_bytes: float = 0.0
    """What the Valkey's memory grew by for each: an entry of the log, and the record of its key."""


def mutations(stage: Stage, nodes: int, seconds: int, warm_up_s: int) -> Cost:
    """`stage` an `OverValkey` where there are several nodes. Raises `DidNotServe`, `LoadFailed`."""
    with ExitStack() as stack:
        servers = [stack.enter_context(served(LOBBY, stage)) for _ in range(nodes)]
        shares = [stage.world.parties[number::nodes] for number in range(nodes)]
        for server, parties in zip(servers, shares, strict=True):
            teach(server, next(ready_mutations(LOBBY, parties)))
        if warm_up_s:
            _loaded(servers, shares, warm_up_s, queries=True)
            _loaded(servers, shares, warm_up_s)
        before = _used(servers, stage)
        loads = _loaded(servers, shares, seconds)
        after = _used(servers, stage)
    requests = sum(each.requests for each in loads)
    node_s, valkey_s, kept = (late - early for early, late in zip(before, after, strict=True))
    return Cost(
        rate=sum(each.rate for each in loads),
        p50_ms=max(each.p50_ms for each in loads),
        p99_ms=max(each.p99_ms for each in loads),
        node_us=node_s / requests * 1e6,
        valkey_us=valkey_s / requests * 1e6,
        kept_bytes=kept / requests,
    )


def _loaded(
    servers: Sequence[Served], shares: Sequence[Sequence[Party]], seconds: int, queries: bool = False
) -> list[Load]:
    """All nodes at the same time."""
    asks = untrusted_queries if queries else ready_mutations

    def one(server: Served, parties: Sequence[Party]) -> Load:
        return load(server.port, "/graphql", asks(LOBBY, parties), seconds, CONNECTIONS // len(servers))

    with ThreadPoolExecutor(len(servers)) as pool:
        return list(pool.map(one, servers, shares))


def _used(servers: Sequence[Served], stage: Stage) -> tuple[float, float, float]:
    """CPU seconds of the nodes and of the Valkey, and the bytes that it has."""
    nodes_s = sum(server.cpu_s() for server in servers)
    if not isinstance(stage, OverValkey):
        return nodes_s, 0.0, 0.0
    return nodes_s, stage.cpu_s(), stage.memory()


def pause() -> None:
    """Between two servers: what the one before left on its way to the disk is not the next one's."""
    time.sleep(0.5)
