"""What one operation costs the lobby with few parties in its store and with many, and how long it takes to start with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from bench.contenders import LOBBY
from bench.figures import OTHERS, at_size
from bench.fill import RARE, Size
from bench.load.wrk import load
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
    """The party query comes first, and shows the server every token in its warm-up."""
    asks, everyone = OPERATIONS[key], stage.world.parties
    if options.warm_up_s:
        warming = everyone[::2] if key == "sizes.mutation" else everyone
        load(server.port, "/graphql", asks(warming), options.warm_up_s, options.connections)
    meter = Meter(server)
    done = load(server.port, "/graphql", asks(everyone[1::2]), options.seconds, options.connections)
    used = meter.read()
    yield _reading(key, parties, round_, used.cpu_s / done.requests * 1e6)
    yield Reading(OTHERS, LOBBY.name, round_, used.others_share)


def _reading(key: str, parties: int, round_: int, value: float) -> Reading:
    return Reading(at_size(key, parties), LOBBY.name, round_, value)
