"""The rows party, untrusted and mutation: requests per second over HTTP, and the server CPU of one request.

Two commits differ by a few percent at most, and readings of one server differ by more than that from minute to minute. So they
are also measured slice by slice, see `measure_slices`; and what metrics and traces cost, in one process, see `measure_switched`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tools.bench.contenders import BARE, LOBBY, UNMETERED, Contender
from tools.bench.documents import Request
from tools.bench.load.wrk import run_wrk
from tools.bench.options import Options
from tools.bench.results import OTHERS, Reading, slices_of
from tools.bench.rows.requests import party_queries, ready_mutations, register_document, untrusted_queries
from tools.bench.servers.switching import TURNS
from tools.bench.serving import DidNotServe, Meter, RunningServer, start_server
from tools.bench.setup import Setup
from tools.bench.world import Party

MakeRequests = Callable[[Contender, Iterable[Party]], Iterator[Request]]

ROWS: dict[str, MakeRequests] = {"party": party_queries, "untrusted": untrusted_queries, "mutation": ready_mutations}
UNCHANGED_MAX = 0.05
"""The share of mutations that may change nothing: two requests of one member can overtake each other."""
SLICE_S = 1
"""The shortest load that wrk makes. Short, so that both slices of a pair meet the same machine."""


def measure_http(
    row: str, contender: Contender, setup: Setup, answers: dict[str, str], options: Options, round_: int
) -> Iterator[Reading]:
    """Requests per second, and microseconds of server CPU per request. `answers`: what the bare server returns."""
    with start_server(contender, setup) as server:
        make_requests, parties = ROWS[row], setup.world.parties[1::2]
        path = _prepare(server, row, next(make_requests(contender, setup.world.parties)), answers)
        if options.warm_up_s:
            _warm_up(server, row, path, setup, options)
        is_counted = row == "mutation" and contender is not BARE
        versions_before = _sum_versions(server, parties) if is_counted else 0
        meter = Meter(server)
        done = run_wrk(server.port, path, make_requests(contender, parties), options.seconds, options.connections)
        used = meter.read()
        if is_counted:
            _check_changes(server, _sum_versions(server, parties) - versions_before, done.requests)
    yield Reading(f"{row}.rate", contender.name, round_, done.rate)
    yield Reading(f"{row}.cpu", contender.name, round_, used.cpu_s / done.requests * 1e6)
    yield Reading(OTHERS, contender.name, round_, used.others_share)


def measure_slices(row: str, contender: Contender, setup: Setup, options: Options) -> Iterator[Reading]:
    """How many times the CPU of this server a request costs another one: a reading for each pair of slices.

    Both servers run, and get load in turn, for `SLICE_S` each. A slow phase of the machine that is longer than this slows both.
    """
    make_requests, parties = ROWS[row], setup.world.parties[1::2]
    with start_server(LOBBY, setup) as ours, start_server(contender, setup) as theirs:
        counts = dict.fromkeys((ours, theirs), 0)
        for server in counts:
            path = _prepare(server, row, next(make_requests(server.contender, setup.world.parties)), {})
            if options.warm_up_s:
                _warm_up(server, row, path, setup, options)
        versions = {server: _sum_versions(server, parties) for server in counts} if row == "mutation" else {}
        for number in range(1, options.slices + 1):
            cpu_s = {}
            for server in (ours, theirs) if number % 2 else (theirs, ours):
                # From where the last slice ended: from the start, many members would get ready who are ready already.
                requests = list(make_requests(server.contender, parties))
                start = counts[server] % len(requests)
                requests = requests[start:] + requests[:start]
                meter = Meter(server)
                done = run_wrk(server.port, path, requests, SLICE_S, options.connections, may_be_idle=True)
                counts[server] += done.requests
                if done.requests:
                    cpu_s[server] = meter.read().cpu_s / done.requests
            if len(cpu_s) == len(counts):  # on a very busy machine, a second can pass without any response
                yield Reading(slices_of(row), contender.name, number, cpu_s[theirs] / cpu_s[ours])
        for server, before in versions.items():
            _check_changes(server, _sum_versions(server, parties) - before, counts[server])


def measure_switched(row: str, contender: Contender, setup: Setup, options: Options) -> Iterator[Reading]:
    """The same as `measure_slices`, for one of `VARIANTS`: its server has its metrics or traces on and off in turn under one
    load, in one process (see `switching.py`). A reading for each pair of turns."""
    make_requests, parties = ROWS[row], setup.world.parties[1::2]
    with start_server(contender, setup) as server:
        path = _prepare(server, row, next(make_requests(contender, setup.world.parties)), {})
        if options.warm_up_s:
            _warm_up(server, row, path, setup, options)
        versions_before = _sum_versions(server, parties) if row == "mutation" else 0
        turns_before = len(_read_turns(server)) // 2 * 2
        seconds = 2 * SLICE_S * options.slices
        done = run_wrk(server.port, path, make_requests(contender, parties), seconds, options.connections)
        turns = _read_turns(server)[turns_before:]
        if row == "mutation":
            _check_changes(server, _sum_versions(server, parties) - versions_before, done.requests)
    # The load began and ended within the first and the last pair.
    pairs = zip(turns[2:-2:2], turns[3:-2:2], strict=False)
    for number, (one, two) in enumerate(pairs, 1):
        on, off = (one, two) if one.is_on else (two, one)
        if on.requests and off.requests:
            ratio = off.cpu_of_request_s / on.cpu_of_request_s
            yield Reading(slices_of(row), contender.name, number, ratio if contender is UNMETERED else 1 / ratio)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A time in which metrics or traces were on, or off."""

    is_on: bool
    cpu_s: float
    requests: int

    @property
    def cpu_of_request_s(self) -> float:
        return self.cpu_s / self.requests


def _read_turns(server: RunningServer) -> list[_Turn]:
    lines = (server.folder / TURNS).read_text(encoding="ascii").splitlines()
    return [_Turn(is_on == "1", float(cpu_s), int(requests)) for is_on, cpu_s, requests in map(str.split, lines)]


def _prepare(server: RunningServer, row: str, first: Request, answers: dict[str, str]) -> str:
    """Give the server what it has to know in advance. Returns the path for the row's requests."""
    if server.contender is BARE:
        server.request("PUT", f"/{row}", answers[row])
        return f"/{row}"
    register_document(server, first)
    return "/graphql"


def _warm_up(server: RunningServer, row: str, path: str, setup: Setup, options: Options) -> None:
    """Show the server every token, since real clients stay. Parties whose changes are counted get queries only."""
    parties = setup.world.parties
    if row == "mutation":
        queries = untrusted_queries(server.contender, parties)
        run_wrk(server.port, path, queries, options.warm_up_s, options.connections)
    requests = ROWS[row](server.contender, parties[::2] if row == "mutation" else parties)
    run_wrk(server.port, path, requests, options.warm_up_s, options.connections)


def _sum_versions(server: RunningServer, parties: Sequence[Party]) -> int:
    """The sum of the parties' versions. Each change raises it by one."""
    return sum(_version(server, query) for query in untrusted_queries(server.contender, map(_leader_only, parties)))


def _version(server: RunningServer, request: Request) -> int:
    answer = json.loads(server.request("POST", "/graphql", request.body, request.token))
    if answer.get("errors") or not answer["data"]["party"]:
        raise DidNotServe(f"{server.contender.name} does not answer the party query: {answer}")
    return int(answer["data"]["party"]["version"])


def _leader_only(party: Party) -> Party:
    return replace(party, members=party.members[:1])


def _check_changes(server: RunningServer, changes: int, requests: int) -> None:
    """A rate of rejected mutations, or of those that change nothing, would be no rate of mutations."""
    if changes < requests * (1 - UNCHANGED_MAX):
        raise DidNotServe(f"{server.contender.name} made {changes} changes of {requests} mutations")
