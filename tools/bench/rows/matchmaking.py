"""The row matchmaking: thousands of parties search at once, in 20 kinds, and a match is proposed to each of them."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from typing import Any

from tools.bench.contenders import Contender
from tools.bench.documents import Document, Request, request_body
from tools.bench.load.followers import quiesce, read_followers, subscribe
from tools.bench.load.http import HttpConnection, NotAnswered
from tools.bench.load.probe import Probe
from tools.bench.load.socket_loop import SocketLoop
from tools.bench.options import Options
from tools.bench.results import OTHERS, Reading
from tools.bench.serving import Meter, RunningServer, start_server
from tools.bench.setup import Setup, Size
from tools.bench.world import Party

PARTY_SIZES = (2, 3)
"""The parties have so many players in turn: 10,000 players in 4,000 parties."""
MATCH_PLAYERS = 5
"""Only a party of 2 and a party of 3 have so many together, so every party finds a match in any order of the searches."""
KINDS = 20
SKILLS = 50
"""Skills of one band, so that nobody has to wait until it is wider."""
CONNECTIONS = 32
ALL_WAIT_S = 60.0
PROPOSED = b'"PROPOSED"'
SETTLE_S = 2.0
"""So long after the last answer everything that follows from the requests is done."""
_SETTINGS = (("LOBBY_MATCH_ACCEPT_S", "600"), ("LOBBY_SEARCH_S", "3600"))
"""Nobody accepts, and on a slow machine no search ends during the measurement."""

_PROBE = Document("query BenchProbe { myParty { id } }")
_START = Document(
    "mutation BenchStartSearch($input: StartSearchInput!) { startSearch(input: $input) { __typename } }",
)
_RENAME = Document("mutation BenchRename($input: UpdatePartyInput!) { updateParty(input: $input) { __typename } }")
"""A change of the settings cancels the search."""
_WATCH = Document(
    "subscription BenchWatchSearch($partyId: ID!) { partyEvents(partyId: $partyId) "
    "{ __typename seq ... on PartySearchChanged { search { state } } } }"
)


def size_of(parties: int) -> Size:
    return Size(parties, members=max(PARTY_SIZES), known=parties, signed_in=1, member_counts=PARTY_SIZES)


def measure_matchmaking(contender: Contender, setup: Setup, options: Options, round_: int) -> Iterator[Reading]:
    """Milliseconds from a search to the proposed match, and microseconds of server CPU per match beyond the searches themselves,
    with the frames to a follower of each party. The metrics of the server say how long the longest tick and the longest
    slice of the matchmaker were, and the longest turn of the event loop in that time, which is the bound of a histogram. A probe
    is a query of another player, in milliseconds, beside the searches with matches and beside the same searches without."""
    parties = setup.world.parties
    contender = replace(contender, settings=(*contender.settings, *_SETTINGS))
    with start_server(contender, setup) as server, SocketLoop() as loop:
        proposed_at_s: dict[int, float] = {}
        followers = (subscribe(server, party.members[0], _WATCH, {"partyId": party.id}) for party in parties)
        with read_followers(loop, followers, lambda index: _note(proposed_at_s, index), (PROPOSED,)):
            quiesce(server, loop)
            idle_share = _idle_share(server, loop, 2 * options.seconds)
            probed = _request(contender, parties[0], _PROBE)
            search_alone = [_search(contender, party, str(number)) for number, party in enumerate(parties)]
            with Probe.beside(server.port, probed) as probe_alone:
                alone_cpu_s = _measure(server, loop, search_alone, idle_share)
            _send_all(server, loop, [_rename(contender, party) for party in parties], lambda index: None)
            loop.run_for(SETTLE_S)
            sent_at_s: dict[int, float] = {}
            requests = [_search(contender, party, kind_of(number)) for number, party in enumerate(parties)]
            with Probe.beside(server.port, probed) as probe:
                turns_before = _turns(server)
                meter, began_at_s = Meter(server), time.perf_counter()
                _send_all(server, loop, requests, lambda index: _note(sent_at_s, index))
                if not loop.run_until(lambda: len(proposed_at_s) == len(parties), ALL_WAIT_S):
                    raise NotAnswered(f"{len(parties) - len(proposed_at_s)} parties have no match after {ALL_WAIT_S} s")
                usage = meter.read()
                cpu_s = usage.cpu_s - idle_share * (time.perf_counter() - began_at_s)
                turns = _turns(server)
        metrics = server.request("GET", "/metrics")
    waits_s = [proposed_at_s[index] - sent_at_s[index] for index in range(len(parties))]
    matches = sum(len(party.members) for party in parties) / MATCH_PLAYERS
    values = {
        "p50": _percentile_ms(waits_s, 50),
        "p99": _percentile_ms(waits_s, 99),
        "cpu": (cpu_s - alone_cpu_s) / matches * 1e6,
        "tick": _metric(metrics, "longest_tick"),
        "slice": _metric(metrics, "longest_slice"),
        "turn": max((bound for bound, count in turns.items() if count > turns_before[bound]), default=0.0) * 1e3,
        "probe": _percentile_ms(probe.waits_s, 99),
        "probe_alone": _percentile_ms(probe_alone.waits_s, 99),
    }
    for name, value in values.items():
        yield Reading(f"matchmaking.{name}", contender.name, round_, value)
    yield Reading(OTHERS, contender.name, round_, usage.others_share)


def _percentile_ms(times_s: Sequence[float], percent: int) -> float:
    return sorted(times_s)[min(len(times_s) - 1, len(times_s) * percent // 100)] * 1e3


def kind_of(number: int) -> str:
    """The region that a party searches in. Each has as many parties of each size."""
    return f"region {number // len(PARTY_SIZES) % KINDS}"


def _search(contender: Contender, party: Party, region: str) -> Request:
    """In a region of its own a party finds no match."""
    skill = sum(party.id.encode()) % SKILLS
    criteria = {"gameType": "COOP", "size": MATCH_PLAYERS, "region": region, "skill": skill}
    return _request(contender, party, _START, {"input": {"partyId": party.id, "criteria": criteria}})


def _rename(contender: Contender, party: Party) -> Request:
    settings = {"name": f"{party.name} again"}
    return _request(contender, party, _RENAME, {"input": {"partyId": party.id, "settings": settings}})


def _request(
    contender: Contender, party: Party, document: Document, variables: dict[str, Any] | None = None
) -> Request:
    body = request_body(contender.form, document, variables or {})
    return Request(contender.token_of(party.members[0]), body)


def _note(times_s: dict[int, float], index: int) -> None:
    times_s.setdefault(index, time.perf_counter())


def _idle_share(server: RunningServer, loop: SocketLoop, seconds: float) -> float:
    """The share of a core that the followers take while nothing happens, such as for a heartbeat every 10 s."""
    meter = Meter(server)
    loop.run_for(seconds)
    return meter.read().cpu_s / seconds


def _measure(server: RunningServer, loop: SocketLoop, requests: Sequence[Request], idle_share: float) -> float:
    """The CPU seconds of these requests and what follows from them, beyond the idle server."""
    meter, began_at_s = Meter(server), time.perf_counter()
    _send_all(server, loop, requests, lambda index: None)
    loop.run_for(SETTLE_S)
    return meter.read().cpu_s - idle_share * (time.perf_counter() - began_at_s)


def _send_all(
    server: RunningServer, loop: SocketLoop, requests: Sequence[Request], on_send: Callable[[int], None]
) -> None:
    """Send each request once. Each connection sends its next one when it has the answer to the last."""
    left = deque(enumerate(requests))
    waiting: set[HttpConnection] = set()

    def send_next(connection: HttpConnection) -> None:
        waiting.discard(connection)
        if left:
            index, request = left.popleft()
            waiting.add(connection)
            on_send(index)
            connection.send(request)

    def read(connection: HttpConnection) -> None:
        if connection.read():
            send_next(connection)

    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            connection = stack.enter_context(closing(HttpConnection(server.port, "/graphql")))
            loop.add(connection.socket, partial(read, connection))
            send_next(connection)
        if not loop.run_until(lambda: not waiting, ALL_WAIT_S):
            raise NotAnswered(f"{len(waiting)} searches had no answer within {ALL_WAIT_S} s")


def _metric(metrics: str, name: str) -> float:
    """In milliseconds."""
    found = re.search(rf"^lobby_matchmaker_{name}_seconds (\S+)$", metrics, re.MULTILINE)
    assert found is not None, "the server has a matchmaker"
    return float(found[1]) * 1e3


def _turns(server: RunningServer) -> dict[float, int]:
    """How many of the looks at the event loop found it late by at most each bound (s), but by more than the bound before."""
    counts: dict[float, int] = {}
    before = 0
    for bound, below in re.findall(
        r'^lobby_event_loop_turn_seconds_bucket{le="(.+)"} (\S+)$', server.request("GET", "/metrics"), re.MULTILINE
    ):
        counts[float(bound)] = round(float(below)) - before
        before = round(float(below))
    return counts
