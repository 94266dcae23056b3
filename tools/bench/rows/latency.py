"""The rows latency and rooms: parties of eight members who are eight players, with one socket each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import uuid4

from tools.bench.contenders import BARE, Contender
from tools.bench.documents import Request
from tools.bench.load.socket_loop import SocketLoop
from tools.bench.options import Options
from tools.bench.results import OTHERS, Reading
from tools.bench.rows.requests import message_mutation, ready_mutation, register_document
from tools.bench.rows.steady_load import SteadyLoad, measure_phase
from tools.bench.serving import start_server
from tools.bench.setup import Setup
from tools.bench.world import Party


def measure_latency(contender: Contender, setup: Setup, options: Options, round_: int) -> Iterator[Reading]:
    """Milliseconds from a mutation to the last of the members, at the 50th and at the 99th percentile."""
    parties = setup.world.parties
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


def members_talk(contender: Contender, party: Party, nth: int) -> Request:
    """The members in turn: each gets ready and says something, then the next; in the next round each gets unready."""
    turn, is_message = divmod(nth - 1, 2)
    round_, seat = divmod(turn, len(party.members))
    member = party.members[seat]
    if is_message:
        return message_mutation(contender, party, member, f"message {nth}", str(uuid4()))
    return ready_mutation(contender, party, member, round_ % 2 == 0, str(uuid4()))


def measure_rooms(
    contender: Contender, setup: Setup, frame: str, key: str, options: Options, round_: int
) -> Iterator[Reading]:
    """Microseconds of server CPU per change that nobody follows, and beyond that per delivery if all members follow.

    `key`: the option that says how many of the parties get changes, `rooms_few` or `rooms_many`.
    `frame`: the message that the bare server sends.
    """
    parties = setup.world.parties[: getattr(options, key)]
    with start_server(contender, setup) as server, SocketLoop() as loop:
        if contender is BARE:
            server.request("PUT", "/frame", frame)
        load = SteadyLoad(server, parties, loop, options.room_rate, members_talk)
        with load.connected():
            alone = measure_phase(server, load, options)
            with load.followed():
                followed = measure_phase(server, load, options)
    _, p99_ms = load.percentiles_ms(followed.since_s)
    yield Reading(f"{key}.change", contender.name, round_, alone.change_us)
    yield Reading(f"{key}.delivery", contender.name, round_, followed.delivery_us(alone))
    yield Reading(f"{key}.p99", contender.name, round_, p99_ms)
    yield Reading(OTHERS, contender.name, round_, followed.others_share)
