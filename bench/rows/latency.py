"""From a mutation to the last of a party's eight members, at a steady rate over many parties.

Open loop: each mutation has its time, whatever became of those before it, and is measured from that time on. A server that
falls behind does not thereby slow the load down, so its waits show in full (no coordinated omission).
"""

from __future__ import annotations

import statistics
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from uuid import uuid4

from bench.contenders import Contender
from bench.load.crowd import crowd
from bench.load.following import follow
from bench.load.http_link import HttpLink
from bench.load.loop import Loop
from bench.options import Options
from bench.reading import Reading
from bench.request import Request
from bench.rows.asks import ready_mutation
from bench.rows.settling import settle
from bench.rows.teaching import teach
from bench.serving import Served, served
from bench.stage import Stage

LINKS = 32
"""HTTP connections that mutations go over in turn; one that finds none free waits, and the wait counts."""
LATE_S = 5.0
"""How long after the last mutation its event may still come."""

Change = tuple[int, int]
"""The index of a party, and which of its changes it is, from 1."""


class Steady:
    """Mutations at their times, and when each was heard of by the last member."""

    def __init__(self, server: Served, stage: Stage, loop: Loop, rate: float) -> None:
        self._server = server
        self._parties = stage.world.parties
        self._seats = len(stage.world.parties[0].members)
        self._loop = loop
        self._rate = rate
        self._free: deque[HttpLink] = deque()
        self._queue: deque[Request] = deque()
        self._due_s: dict[Change, float] = {}
        self._missing: dict[Change, int] = {}
        self._heard: Counter[int] = Counter()
        self.waits_s: dict[Change, float] = {}

    def run(self, seconds: float) -> None:
        """Mutations for so long, then the wait for the last of them."""
        with ExitStack() as stack:
            followers = (follow(self._server, party, seat) for party in self._parties for seat in party.members)
            stack.enter_context(crowd(self._loop, followers, self._hear))
            settle(self._server, self._loop)
            for _ in range(LINKS):
                self._add_link(stack.enter_context(closing(HttpLink(self._server.port, "/graphql"))))
            self._play(round(seconds * self._rate))
            self._loop.until(lambda: not self._missing, LATE_S)
        for change in self._missing:
            self.waits_s[change] = time.perf_counter() - self._due_s[change]

    def since(self, seconds: float) -> list[float]:
        """The waits of what was due after so many seconds of the run."""
        begin_s = min(self._due_s.values()) + seconds
        return [wait_s for change, wait_s in self.waits_s.items() if self._due_s[change] >= begin_s]

    def _add_link(self, link: HttpLink) -> None:
        self._free.append(link)
        self._loop.add(link.socket, partial(self._read_answer, link))

    def _play(self, count: int) -> None:
        begin_s = time.perf_counter()
        for number in range(count):
            due_s = begin_s + number / self._rate
            while (left_s := due_s - time.perf_counter()) > 0:
                self._loop.turn(left_s)
            self._change(number, due_s)
            self._send()

    def _change(self, number: int, due_s: float) -> None:
        index = number % len(self._parties)
        nth = number // len(self._parties) + 1
        self._due_s[index, nth], self._missing[index, nth] = due_s, self._seats
        party, ready = self._parties[index], nth % 2 == 1
        self._queue.append(ready_mutation(self._server.contender, party, party.members[0], ready, str(uuid4())))

    def _send(self) -> None:
        while self._queue and self._free:
            self._free.popleft().send(self._queue.popleft())

    def _read_answer(self, link: HttpLink) -> None:
        if link.read():
            self._free.append(link)
            self._send()

    def _hear(self, follower: int) -> None:
        """Events come in order, so a follower's nth is about the nth change of its party."""
        self._heard[follower] += 1
        change = follower // self._seats, self._heard[follower]
        self._missing[change] -= 1
        if not self._missing[change]:
            del self._missing[change]
            self.waits_s[change] = time.perf_counter() - self._due_s[change]


def read_latency(contender: Contender, stage: Stage, options: Options, round_: int) -> Iterator[Reading]:
    """Milliseconds at the middle and at the 99th percentile; a delivery that never came counts as long as it was waited for."""
    with served(contender, stage) as server, Loop() as loop:
        party = stage.world.parties[0]
        teach(server, ready_mutation(contender, party, party.members[0], False, str(uuid4())))
        steady = Steady(server, stage, loop, options.rate)
        steady.run(options.warm_up_s + options.seconds)
    percentiles = statistics.quantiles(steady.since(options.warm_up_s), n=100, method="inclusive")
    yield Reading("latency.p50", contender.name, round_, percentiles[49] * 1e3)
    yield Reading("latency.p99", contender.name, round_, percentiles[98] * 1e3)
