"""What one operation costs the lobby with few parties in its store and with many, and how long it takes to start with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from bench.contenders import LOBBY
from bench.figures import OTHERS, at_size
from bench.fill import RARE, Size
from bench.load.once import each_once
from bench.load.wrk import KEY_PLACE, load
from bench.meter import Meter
from bench.options import Options
from bench.reading import Reading
from bench.request import Request
from bench.rows.asks import page_queries, party_queries, ready_mutations
from bench.serving import Served, served
from bench.stage import Stage
from bench.world import Party

KNOWN_MAX = 5_000
"""Parties that the load is spread over: many more than a processor's cache holds."""
MEMBERS = 4
_MANY: dict[str, Any] = {"gameType": "COOP", "difficulty": "Hard", "minFreeSeats": 2}
_RARE: dict[str, Any] = {"attributes": [{"key": RARE[0], "value": RARE[1]}]}

OPERATIONS: dict[str, Callable[[Iterable[Party]], Iterator[Request]]] = {
    "sizes.party": partial(party_queries, LOBBY),
    "sizes.mutation": partial(ready_mutations, LOBBY),
    "sizes.page": partial(page_queries, wanted=_MANY),
    "sizes.rare": partial(page_queries, wanted=_RARE),
}


def size_of(parties: int) -> Size:
    """Each party that is asked for has one player who asks."""
    return Size(parties, MEMBERS, min(parties, KNOWN_MAX), 1)


def read_sizes(stage: Stage, parties: int, options: Options, round_: int) -> Iterator[Reading]:
    """Seconds until the first answer, memory, and microseconds of server CPU for each of `OPERATIONS`."""
    with served(LOBBY, stage) as server:
        yield _reading("restart.time", parties, round_, server.up_after_s)
        if "sizes" in options.rows:
            for key in OPERATIONS:
                yield from _cost(server, stage, parties, key, options, round_)
            yield _reading("sizes.memory", parties, round_, server.resident_kib() / 1024)


def _cost(server: Served, stage: Stage, parties: int, key: str, options: Options, round_: int) -> Iterator[Reading]:
    """Of what the server has seen before. Whatever it meets for the first time after its start, a token above all, costs it more
    once; in a large store far more of that would fall into the time that is measured."""
    requests, everyone = OPERATIONS[key], stage.world.parties
    if options.warm_up_s:
        _show_all(server, key, requests(everyone), options)
    meter = Meter(server)
    done = load(server.port, "/graphql", requests(everyone), options.seconds, options.connections)
    used = meter.read()
    yield _reading(key, parties, round_, used.cpu_s / done.requests * 1e6)
    yield Reading(OTHERS, LOBBY.name, round_, used.others_share)


def _show_all(server: Served, key: str, requests: Iterator[Request], options: Options) -> None:
    """The party query comes first, and shows the server the head and the token of everyone who asks: its warm-up goes through
    them many times. Mutations are each made once, so that all who say yes say no again, and each that is measured is a change."""
    if key == "sizes.mutation":
        once = (replace(request, body=request.body.replace(KEY_PLACE, str(uuid4()))) for request in requests)
        each_once(server.port, "/graphql", once, options.connections)
    else:
        load(server.port, "/graphql", requests, options.warm_up_s, options.connections)


def _reading(key: str, parties: int, round_: int, value: float) -> Reading:
    return Reading(at_size(key, parties), LOBBY.name, round_, value)
