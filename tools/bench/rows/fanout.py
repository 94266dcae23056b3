"""The rows fanout and idle: the cost of one delivery to a follower of a party, and the memory of a follower that only waits."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import cycle
from uuid import uuid4

from tools.bench.contenders import BARE, Contender
from tools.bench.documents import Request
from tools.bench.load.followers import follow, quiesce, read_followers
from tools.bench.load.http import HttpConnection
from tools.bench.load.socket_loop import SocketLoop
from tools.bench.options import Options
from tools.bench.results import OTHERS, Reading
from tools.bench.rows.requests import ready_mutation, register_document
from tools.bench.serving import DidNotServe, Meter, RunningServer, start_server
from tools.bench.setup import Setup
from tools.bench.world import Party

EVENT_WAIT_S = 30.0


class FanOut:
    """`count` followers of one party, spread over its members, and its leader, whose mutations cause the events."""

    def __init__(
        self, server: RunningServer, party: Party, loop: SocketLoop, count: int, ready_values: Iterator[bool]
    ) -> None:
        """`ready_values`: the argument of each `setReady`. Two in a row must differ."""
        self._server = server
        self._party = party
        self._loop = loop
        self._count = count
        self._ready_values = ready_values
        self._deliveries = 0
        self._is_answered = True

    @contextmanager
    def open(self) -> Iterator[None]:
        """The followers are subscribed until the block ends."""
        members = itertools.islice(itertools.cycle(self._party.members), self._count)
        followers = (follow(self._server, self._party, member) for member in members)
        path = "/emit" if self._server.contender is BARE else "/graphql"
        with read_followers(self._loop, followers, self._count_delivery):
            quiesce(self._server, self._loop)
            with closing(HttpConnection(self._server.port, path)) as self._connection:
                self._loop.add(self._connection.socket, self._read_answer)
                yield

    def cause_event(self) -> float:
        """Cause one event. Seconds until the last follower received it. Raises `DidNotServe`."""
        self._deliveries, self._is_answered = 0, False
        started_at_s = time.perf_counter()
        self._connection.send(self._change())
        is_delivered = self._loop.run_until(lambda: self._deliveries >= self._count, EVENT_WAIT_S)
        took_s = time.perf_counter() - started_at_s
        if not is_delivered or not self._loop.run_until(lambda: self._is_answered, EVENT_WAIT_S):
            raise DidNotServe(
                f"{self._server.contender.name}: {self._deliveries} of {self._count} followers received an event"
            )
        return took_s

    def cause_events(self, seconds: float) -> list[float]:
        """One event after the other for this time, at least one. The seconds that each took."""
        end_s = time.perf_counter() + seconds
        waits_s = [self.cause_event()]
        while time.perf_counter() < end_s:
            waits_s.append(self.cause_event())
        return waits_s

    def _change(self) -> Request:
        leader = self._party.members[0]
        return ready_mutation(self._server.contender, self._party, leader, next(self._ready_values), str(uuid4()))

    def _count_delivery(self, _: int) -> None:
        self._deliveries += 1

    def _read_answer(self) -> None:
        self._is_answered = self._connection.read()


def measure_fanout(contender: Contender, setup: Setup, frame: str, options: Options, round_: int) -> Iterator[Reading]:
    """KiB per idle follower, microseconds of server CPU per delivery, milliseconds from a mutation to the last follower.

    `frame`: the message that the bare server sends.
    """
    ready_values = cycle((True, False))
    party, count = setup.world.parties[0], options.followers
    with start_server(contender, setup) as server:
        _prepare(server, party, frame)
        with SocketLoop() as loop:  # One follower first: the server allocates some memory on first use.
            run_fanout(FanOut(server, party, loop, 1, ready_values), seconds=0)
        kib_before = server.resident_kib()
        with SocketLoop() as loop, (fanout := FanOut(server, party, loop, count, ready_values)).open():
            kib = server.resident_kib() - kib_before
            fanout.cause_events(options.warm_up_s)
            meter = Meter(server)
            waits_s = fanout.cause_events(options.seconds)
            used = meter.read()
    yield Reading("idle.memory", contender.name, round_, kib / count)
    yield Reading("fanout.cpu", contender.name, round_, used.cpu_s / len(waits_s) / count * 1e6)
    yield Reading("fanout.wall", contender.name, round_, statistics.median(waits_s) * 1e3)
    yield Reading(OTHERS, contender.name, round_, used.others_share)


def run_fanout(fanout: FanOut, seconds: float) -> None:
    """Open the followers, cause events for this time, close the followers."""
    with fanout.open():
        fanout.cause_events(seconds)


def _prepare(server: RunningServer, party: Party, frame: str) -> None:
    if server.contender is BARE:
        server.request("PUT", "/frame", frame)
    register_document(server, ready_mutation(server.contender, party, party.members[0], False, str(uuid4())))
