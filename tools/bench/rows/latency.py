"""The row latency: from a mutation to the last of the eight members of a party, each with one socket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import uuid4

from tools.bench.contenders import Contender
from tools.bench.load.socket_loop import SocketLoop
from tools.bench.options import Options
from tools.bench.results import Reading
from tools.bench.rows.requests import ready_mutation, register_document
from tools.bench.rows.steady_load import SteadyLoad
from tools.bench.serving import start_server
from tools.bench.setup import Setup


def measure_latency(contender: Contender, setup: Setup, options: Options, round_: int) -> Iterator[Reading]:
    """Milliseconds from a mutation to the last of the members, at the 50th and at the 99th percentile."""
    parties = setup.world.parties[: options.parties]
    with start_server(contender, setup) as server, SocketLoop() as loop:
        register_document(server, ready_mutation(contender, parties[0], parties[0].members[0], False, str(uuid4())))
        load = SteadyLoad(server, parties, loop, options.rate)
        with load.followed(), load.connected():
            load.send(options.warm_up_s)
            since_s = time.perf_counter()
            load.send(options.seconds)
            load.finish()
    p50_ms, p99_ms = load.percentiles_ms(since_s)
    yield Reading("latency.p50", contender.name, round_, p50_ms)
    yield Reading("latency.p99", contender.name, round_, p99_ms)
