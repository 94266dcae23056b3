"""The rows sizes and restart: cost per operation and start time, with few and with many parties in the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from tools.bench.contenders import Contender
from tools.bench.documents import Request
from tools.bench.load.http import send_each_once
from tools.bench.load.wrk import KEY_MARK, run_wrk
from tools.bench.options import Options
from tools.bench.results import OTHERS, Reading, at_size
from tools.bench.rows.requests import page_queries, party_queries, ready_mutations
from tools.bench.serving import Meter, RunningServer, start_server
from tools.bench.setup import RARE, Setup, Size
from tools.bench.world import Party

KNOWN_MAX = 5_000
"""Parties that the load is spread over: many more than a processor's cache holds."""
MEMBERS = 4
_COMMON_FILTER: dict[str, Any] = {"gameType": "COOP", "difficulty": "Hard", "minFreeSeats": 2}
_RARE_FILTER: dict[str, Any] = {"attributes": [{"key": RARE[0], "value": RARE[1]}]}

OPERATIONS: dict[str, Callable[[Contender, Iterable[Party]], Iterator[Request]]] = {
    "sizes.party": party_queries,
    "sizes.mutation": ready_mutations,
    "sizes.page": partial(page_queries, filter_=_COMMON_FILTER),
    "sizes.rare": partial(page_queries, filter_=_RARE_FILTER),
}


def size_of(parties: int) -> Size:
    """One member of each known party has a token."""
    return Size(parties, MEMBERS, min(parties, KNOWN_MAX), 1)


def measure_sizes(contender: Contender, setup: Setup, parties: int, options: Options, round_: int) -> Iterator[Reading]:
    """Seconds until the first answer, microseconds of server CPU for each of `OPERATIONS`, and memory in MiB."""

    def reading(key: str, value: float) -> Reading:
        return Reading(at_size(key, parties), contender.name, round_, value)

    with start_server(contender, setup) as server:
        yield reading("restart.time", server.started_after_s)
        if "sizes" not in options.rows:
            return
        for key in OPERATIONS:
            cost_us, others_share = _measure_cost(server, setup, key, options)
            yield reading(key, cost_us)
            yield Reading(OTHERS, contender.name, round_, others_share)
        yield reading("sizes.memory", server.resident_kib() / 1024)


def _measure_cost(server: RunningServer, setup: Setup, key: str, options: Options) -> tuple[float, float]:
    """Microseconds of server CPU per request, and the share of others.

    The server has seen all requests before. The first use of a token costs more, and in a large store far more first
    uses would fall into the measured time.
    """
    make_requests, contender, parties = OPERATIONS[key], server.contender, setup.world.parties
    if options.warm_up_s:
        _warm_up(server, key, make_requests(contender, parties), options)
    meter = Meter(server)
    requests = make_requests(contender, parties)
    done = run_wrk(server.port, "/graphql", requests, options.seconds, options.connections)
    used = meter.read()
    return used.cpu_s / done.requests * 1e6, used.others_share


def _warm_up(server: RunningServer, key: str, requests: Iterator[Request], options: Options) -> None:
    """Send every request once or more.

    The party query is the first operation. Its warm-up shows the server each token and HTTP head many times. Mutations
    are sent exactly once, which ends with all members unready again, so that each measured one is a change.
    """
    if key == "sizes.mutation":
        keyed = (replace(request, body=request.body.replace(KEY_MARK, str(uuid4()))) for request in requests)
        send_each_once(server.port, "/graphql", keyed, options.connections)
    else:
        run_wrk(server.port, "/graphql", requests, options.warm_up_s, options.connections)
