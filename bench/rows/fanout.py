"""One event to all who follow a party: what each delivery costs the server, and what a follower costs that only waits."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import cycle
from uuid import uuid4

from bench.contenders import BARE, Contender
from bench.figures import OTHERS
from bench.load.crowd import crowd
from bench.load.following import follow
from bench.load.http_link import HttpLink
from bench.load.loop import Loop
from bench.meter import Meter
from bench.options import Options
from bench.reading import Reading
from bench.request import Request
from bench.rows.asks import ready_mutation
from bench.rows.settling import settle
from bench.rows.teaching import teach
from bench.serving import DidNotServe, Served, served
from bench.stage import Stage
from bench.world import Party

EVENT_WAIT_S = 30.0


class Following:
    """`count` followers of one party, spread over its members, and its leader, who makes events."""

    def __init__(self, server: Served, party: Party, loop: Loop, count: int, wishes: Iterator[bool]) -> None:
        """`wishes` says what the leader says of being ready; each differs from the one before it."""
        self._server = server
        self._party = party
        self._loop = loop
        self._count = count
        self._wishes = wishes
        self._heard = 0
        self._is_answered = True

    @contextmanager
    def open(self) -> Iterator[None]:
        """In this block they follow."""
        members = itertools.islice(itertools.cycle(self._party.members), self._count)
        followers = (follow(self._server, self._party, member) for member in members)
        path = "/emit" if self._server.contender is BARE else "/graphql"
        with crowd(self._loop, followers, self._hear):
            settle(self._server, self._loop)
            with closing(HttpLink(self._server.port, path)) as self._link:
                self._loop.add(self._link.socket, self._read_answer)
                yield

    def event(self) -> float:
        """Make one happen; seconds until the last follower had it. Raises `DidNotServe`."""
        self._heard, self._is_answered = 0, False
        began_s = time.perf_counter()
        self._link.send(self._change())
        is_heard = self._loop.until(lambda: self._heard >= self._count, EVENT_WAIT_S)
        took_s = time.perf_counter() - began_s
        if not is_heard or not self._loop.until(lambda: self._is_answered, EVENT_WAIT_S):
            raise DidNotServe(
                f"{self._server.contender.name}: {self._heard} of {self._count} followers heard of an event"
            )
        return took_s

    def _change(self) -> Request:
        leader = self._party.members[0]
        return ready_mutation(self._server.contender, self._party, leader, next(self._wishes), str(uuid4()))

    def _hear(self, _: int) -> None:
        self._heard += 1

    def _read_answer(self) -> None:
        self._is_answered = self._link.read()


def read_fanout(contender: Contender, stage: Stage, frame: str, options: Options, round_: int) -> Iterator[Reading]:
    """KiB an idle follower; microseconds of server CPU a delivery; milliseconds from an act to the last follower.

    `frame`: what the limit is to send.
    """
    wishes = cycle((True, False))
    party, count = stage.world.parties[0], options.followers
    with served(contender, stage) as server:
        _prepare(server, party, frame)
        with Loop() as loop:
            play(Following(server, party, loop, 1, wishes), seconds=0)  # What is made on first use, is there now.
        kib_before = server.resident_kib()
        with Loop() as loop, (following := Following(server, party, loop, count, wishes)).open():
            kib = server.resident_kib() - kib_before
            _events(following, options.warm_up_s)
            meter = Meter(server)
            waits_s = _events(following, options.seconds)
            used = meter.read()
    yield Reading("idle.memory", contender.name, round_, kib / count)
    yield Reading("fanout.cpu", contender.name, round_, used.cpu_s / len(waits_s) / count * 1e6)
    yield Reading("fanout.wall", contender.name, round_, statistics.median(waits_s) * 1e3)
    yield Reading(OTHERS, contender.name, round_, used.others_share)


def _prepare(server: Served, party: Party, frame: str) -> None:
    if server.contender is BARE:
        server.request("PUT", "/frame", frame)
    teach(server, ready_mutation(server.contender, party, party.members[0], False, str(uuid4())))


def play(following: Following, seconds: float) -> None:
    """Followers come, hear of one event after the other for so long, and go."""
    with following.open():
        _events(following, seconds)


def _events(following: Following, seconds: float) -> list[float]:
    """One event after the other for so long, and one at least; seconds that each took."""
    end_s = time.perf_counter() + seconds
    waits_s = [following.event()]
    while time.perf_counter() < end_s:
        waits_s.append(following.event())
    return waits_s
