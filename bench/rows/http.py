"""The rows over HTTP: requests a second, and what one of them costs the server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from bench.contenders import BARE, Contender
from bench.figures import OTHERS
from bench.load.wrk import load
from bench.meter import Meter
from bench.options import Options
from bench.reading import Reading
from bench.request import Request
from bench.rows.asks import party_queries, ready_mutations, untrusted_queries
from bench.rows.teaching import teach
from bench.serving import DidNotServe, Served, served
from bench.stage import Stage
from bench.world import Party

Asks = Callable[[Contender, Iterable[Party]], Iterator[Request]]

ROWS: dict[str, Asks] = {"party": party_queries, "untrusted": untrusted_queries, "mutation": ready_mutations}
UNCHANGED_MAX = 0.05
"""The share of mutations that may have found things so already: two that overtook each other."""


def read_http(
    row: str, contender: Contender, stage: Stage, answers: dict[str, str], options: Options, round_: int
) -> Iterator[Reading]:
    """Requests a second, and microseconds of the server's core for each. `answers`: what the limit is to give."""
    with served(contender, stage) as server:
        asks, parties = ROWS[row], stage.world.parties[1::2]
        path = _prepared(server, row, next(asks(contender, stage.world.parties)), answers)
        if options.warm_up_s:
            _warm_up(server, row, path, stage, options)
        is_counted = row == "mutation" and contender is not BARE
        versions_before = _versions(server, parties) if is_counted else 0
        meter = Meter(server)
        done = load(server.port, path, asks(contender, parties), options.seconds, options.connections)
        used = meter.read()
        if is_counted:
            _check_changes(server, _versions(server, parties) - versions_before, done.requests)
    yield Reading(f"{row}.rate", contender.name, round_, done.rate)
    yield Reading(f"{row}.cpu", contender.name, round_, used.cpu_s / done.requests * 1e6)
    yield Reading(OTHERS, contender.name, round_, used.others_share)


def _prepared(server: Served, row: str, first: Request, answers: dict[str, str]) -> str:
    """Teach the server what it has to know beforehand; the path for the row's requests."""
    if server.contender is BARE:
        server.request("PUT", f"/{row}", answers[row])
        return f"/{row}"
    teach(server, first)
    return "/graphql"


def _warm_up(server: Served, row: str, path: str, stage: Stage, options: Options) -> None:
    """Every token is seen before it counts, as those of clients are that stay; whose changes count, change nothing yet."""
    everyone = stage.world.parties
    if row == "mutation":
        queries = untrusted_queries(server.contender, everyone)
        load(server.port, path, queries, options.warm_up_s, options.connections)
    asks = ROWS[row](server.contender, everyone[::2] if row == "mutation" else everyone)
    load(server.port, path, asks, options.warm_up_s, options.connections)


def _versions(server: Served, parties: Sequence[Party]) -> int:
    """The sum of the parties' versions: it rises by one with each change."""
    return sum(
        _version(server, request) for request in untrusted_queries(server.contender, map(_leader_alone, parties))
    )


def _version(server: Served, request: Request) -> int:
    answer = json.loads(server.request("POST", "/graphql", request.body, request.token))
    if answer.get("errors") or not answer["data"]["party"]:
        raise DidNotServe(f"{server.contender.name} does not answer the party query: {answer}")
    return int(answer["data"]["party"]["version"])


def _leader_alone(party: Party) -> Party:
    return replace(party, members=party.members[:1])


def _check_changes(server: Served, changes: int, requests: int) -> None:
    """A rate of refusals, or of requests that changed nothing, would be no rate of mutations."""
    if changes < requests * (1 - UNCHANGED_MAX):
        raise DidNotServe(f"{server.contender.name} made {changes} changes of {requests} mutations")
