"""The row list: many watchers of the public list with a few different filters, while parties change."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any
from uuid import uuid4

from tools.bench.contenders import Contender
from tools.bench.documents import Request
from tools.bench.load.followers import LISTING, follow_list, quiesce, read_followers
from tools.bench.load.socket_loop import SocketLoop
from tools.bench.options import Options
from tools.bench.results import OTHERS, Reading
from tools.bench.rows.requests import attribute_mutation
from tools.bench.rows.steady_load import SteadyLoad, measure_phase
from tools.bench.serving import start_server
from tools.bench.setup import RARE, Setup, Size
from tools.bench.world import Party

LIST_SIZE = Size(parties=100, members=4, known=100, signed_in=4)
_GAME_TYPES, _DIFFICULTIES = ("COOP", "PVP"), ("Easy", "Normal", "Hard")
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    *({"gameType": game_type} for game_type in _GAME_TYPES),
    *({"difficulty": difficulty} for difficulty in _DIFFICULTIES),
    *({"gameType": game_type, "difficulty": difficulty} for game_type in _GAME_TYPES for difficulty in _DIFFICULTIES),
    *({"minFreeSeats": seats} for seats in (1, 4, 5)),
    {"nameContains": "Party 1"},
    {"nameContains": "party 42"},
    {"attributes": [{"key": "mode", "value": "story"}]},
    {"attributes": [{"key": RARE[0], "value": RARE[1]}]},
    {"hasPassword": True},
)
"""20 filters: some match all parties, most a half to a sixth, two match none."""


def next_round(contender: Contender, party: Party, nth: int) -> Request:
    """The leader changes an attribute that the list shows."""
    return attribute_mutation(contender, party, str(nth), str(uuid4()))


def measure_list(contender: Contender, setup: Setup, options: Options, round_: int) -> Iterator[Reading]:
    """Microseconds of server CPU per delivery beyond what the change costs alone, and deliveries per second.

    The watchers belong to all players in turn, and each has one of `FILTERS`.
    """
    parties = setup.world.parties
    members = cycle(member for party in parties for member in party.members)
    with start_server(contender, setup) as server, SocketLoop() as loop:
        load = SteadyLoad(server, parties, loop, options.list_rate, next_round)
        pairs = islice(zip(members, cycle(FILTERS), strict=False), options.watchers)
        watchers = (follow_list(server, member, filter_) for member, filter_ in pairs)
        with load.connected():
            alone = measure_phase(server, load, options.warm_up_s, options.seconds)
            with read_followers(loop, watchers, load.count_delivery, (LISTING,)):
                quiesce(server, loop)
                watched = measure_phase(server, load, options.warm_up_s, options.seconds)
    yield Reading("list.delivery", contender.name, round_, watched.delivery_us(alone))
    yield Reading("list.rate", contender.name, round_, watched.deliveries / options.seconds)
    yield Reading(OTHERS, contender.name, round_, watched.others_share)
