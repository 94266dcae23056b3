"""The row matchmaking: thousands of parties search at once, in 20 kinds, and a match is proposed to each of them."""

from __future__ import annotations

import re
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from typing import Any

from tools.bench.contenders import Contender
from tools.bench.documents import Document, Request, request_body
from tools.bench.load.followers import quiesce, read_followers, subscribe
from tools.bench.load.http import HttpConnection, NotAnswered
from tools.bench.load.socket_loop import SocketLoop
from tools.bench.results import OTHERS, Reading
from tools.bench.serving import Meter, RunningServer, start_server
from tools.bench.setup import Setup, Size
from tools.bench.world import Party

PARTY_SIZES = (1, 2, 3, 4)
"""The parties have so many players in turn: 10,000 players in 4,000 parties."""
MATCH_PLAYERS = 5
"""Each party of 4 needs one of 1, and each of 3 one of 2, so every party finds a match, and each match has two parties."""
KINDS = 20
SKILLS = 50
"""Skills of one band, so that nobody has to wait until it is wider."""
CONNECTIONS = 32
ALL_WAIT_S = 60.0
PROPOSED = b'"PROPOSED"'

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


def measure_matchmaking(contender: Contender, setup: Setup, round_: int) -> Iterator[Reading]:
    """Milliseconds from a search to the proposed match, and microseconds of server CPU per match beyond the searches themselves,
    with the frames to a follower of each party. The longest tick and slice of the matchmaker are what the server says."""
    parties = setup.world.parties
    with start_server(contender, setup) as server, SocketLoop() as loop:
        proposed_at_s: dict[int, float] = {}
        followers = (subscribe(server, party.members[0], _WATCH, {"partyId": party.id}) for party in parties)
        with read_followers(loop, followers, lambda index: _note(proposed_at_s, index), (PROPOSED,)):
            quiesce(server, loop)
            alone = _measure(server, loop, [_search(contender, party, str(n)) for n, party in enumerate(parties)])
            _send_all(server, loop, [_rename(contender, party) for party in parties], lambda index: None)
            quiesce(server, loop)
            sent_at_s: dict[int, float] = {}
            meter = Meter(server)
            requests = [_search(contender, party, kind_of(number)) for number, party in enumerate(parties)]
            _send_all(server, loop, requests, lambda index: _note(sent_at_s, index))
            if not loop.run_until(lambda: len(proposed_at_s) == len(parties), ALL_WAIT_S):
                raise NotAnswered(f"{len(parties) - len(proposed_at_s)} parties have no match after {ALL_WAIT_S} s")
            usage = meter.read()
        metrics = server.request("GET", "/metrics")
    waits_ms = [(proposed_at_s[index] - sent_at_s[index]) * 1e3 for index in range(len(parties))]
    percentiles = statistics.quantiles(waits_ms, n=100, method="inclusive")
    matches = sum(len(party.members) for party in parties) / MATCH_PLAYERS
    yield Reading("matchmaking.p50", contender.name, round_, percentiles[49])
    yield Reading("matchmaking.p99", contender.name, round_, percentiles[98])
    yield Reading("matchmaking.cpu", contender.name, round_, (usage.cpu_s - alone) / matches * 1e6)
    yield Reading("matchmaking.tick", contender.name, round_, _metric(metrics, "longest_tick"))
    yield Reading("matchmaking.slice", contender.name, round_, _metric(metrics, "longest_slice"))
    yield Reading(OTHERS, contender.name, round_, usage.others_share)


def kind_of(number: int) -> str:
    """The region that a party searches in. Each has as many parties of each size."""
    return f"region {number // len(PARTY_SIZES) % KINDS}"


def _search(contender: Contender, party: Party, region: str) -> Request:
    """In a region of its own a party finds no match."""
    skill = sum(party.id.encode()) % SKILLS
    criteria = {"gameType": "COOP", "size": MATCH_PLAYERS, "region": region, "skill": skill}
    return _request(contender, party, _START, {"partyId": party.id, "criteria": criteria})


def _rename(contender: Contender, party: Party) -> Request:
    return _request(contender, party, _RENAME, {"partyId": party.id, "settings": {"name": f"{party.name} again"}})


def _request(contender: Contender, party: Party, document: Document, input: dict[str, Any]) -> Request:
    body = request_body(contender.form, document, {"input": input})
    return Request(contender.token_of(party.members[0]), body)


def _note(times_s: dict[int, float], index: int) -> None:
    times_s.setdefault(index, time.perf_counter())


def _measure(server: RunningServer, loop: SocketLoop, requests: Sequence[Request]) -> float:
    """The CPU seconds of these requests and what follows from them."""
    meter = Meter(server)
    _send_all(server, loop, requests, lambda index: None)
    quiesce(server, loop)
    return meter.read().cpu_s


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
