"""A steady rate of changes over many parties, whose members follow them: each change has a due time, which never moves.

A server that falls behind does not slow the load down, so its delays show in full (no coordinated omission).
"""

from __future__ import annotations

import statistics
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from tools.bench.contenders import BARE, Contender
from tools.bench.documents import Request
from tools.bench.load.followers import EVENT, MESSAGE, follow, quiesce, read_followers
from tools.bench.load.http import HttpConnection
from tools.bench.load.socket_loop import SocketLoop
from tools.bench.rows.requests import ready_mutation
from tools.bench.serving import DidNotServe, Meter, RunningServer
from tools.bench.world import Party

CONNECTIONS = 32
"""HTTP connections that carry the mutations in turn. A mutation that finds none free waits, and that time counts."""
LATE_S = 5.0
"""Time for answers and events to arrive after the last mutation."""

Change = tuple[int, int]
"""The index of a party, and the number of the change in this party, from 1."""
MakeChange = Callable[[Contender, Party, int], Request]
"""The mutation that is the change of this number, from 1, in this party."""


def leader_gets_ready(contender: Contender, party: Party, nth: int) -> Request:
    """The leader is ready, then is not, and so on."""
    return ready_mutation(contender, party, party.members[0], nth % 2 == 1, str(uuid4()))


class SteadyLoad:
    """Sends mutations at their due times and records when the last member received each event."""

    def __init__(
        self,
        server: RunningServer,
        parties: Sequence[Party],
        loop: SocketLoop,
        rate: float,
        make_change: MakeChange = leader_gets_ready,
    ) -> None:
        self._server = server
        self._parties = parties
        self._make_change = make_change
        self._seats = len(parties[0].members)
        self._loop = loop
        self._rate = rate
        self._sent = 0
        self._free: deque[HttpConnection] = deque()
        self._queue: deque[Request] = deque()
        self._counts_events = False
        self._due_s: dict[Change, float] = {}
        self._missing: dict[Change, int] = {}
        self._nth_of_follower: Counter[int] = Counter()
        self._first_nth: Counter[int] = Counter()
        self._waits_s: dict[Change, float] = {}
        self.answers = 0
        """How many mutations have been answered so far."""
        self.deliveries = 0
        """How many events have reached a follower so far."""

    @contextmanager
    def connected(self) -> Iterator[None]:
        """The connections that carry the mutations are open until the block ends."""
        path = "/emit" if self._server.contender is BARE else "/graphql"
        with ExitStack() as stack:
            for _ in range(CONNECTIONS):
                connection = stack.enter_context(closing(HttpConnection(self._server.port, path)))
                self._free.append(connection)
                self._loop.add(connection.socket, partial(self._read_answer, connection))
            try:
                yield
            finally:
                self._free.clear()

    @contextmanager
    def followed(self, followed: RunningServer | None = None) -> Iterator[None]:
        """All members of all parties follow until the block ends. `followed`: the server that they are connected to, if it is
        another node."""
        server = followed or self._server
        followers = (follow(server, party, member) for party in self._parties for member in party.members)
        with read_followers(self._loop, followers, self._count_delivery, (EVENT, MESSAGE)):
            quiesce(server, self._loop)
            self._counts_events = True
            yield

    def send(self, seconds: float) -> None:
        """Send mutations for this time."""
        begin_s = time.perf_counter()
        for number in range(round(seconds * self._rate)):
            due_s = begin_s + number / self._rate
            while (left_s := due_s - time.perf_counter()) > 0:
                self._loop.poll(left_s)
            self._enqueue(due_s)
            self._send_queued()

    def finish(self) -> None:
        """Wait for the last answers and events. An event that is still missing counts with the time waited for it."""
        self._loop.run_until(lambda: not self._missing and self.answers == self._sent, LATE_S)
        for change in self._missing:
            self._waits_s[change] = time.perf_counter() - self._due_s[change]

    def percentiles_ms(self, since_s: float) -> tuple[float, float]:
        """The 50th and 99th percentile of the mutations that were due after this time of `time.perf_counter`."""
        waits_s = [wait_s for change, wait_s in self._waits_s.items() if self._due_s[change] >= since_s]
        percentiles = statistics.quantiles(waits_s, n=100, method="inclusive")
        return percentiles[49] * 1e3, percentiles[98] * 1e3

    def _enqueue(self, due_s: float) -> None:
        index = self._sent % len(self._parties)
        nth = self._sent // len(self._parties) + 1
        self._sent += 1
        if self._counts_events:
            self._due_s[index, nth], self._missing[index, nth] = due_s, self._seats
        else:
            self._first_nth[index] = nth
        self._queue.append(self._make_change(self._server.contender, self._parties[index], nth))

    def _send_queued(self) -> None:
        while self._queue and self._free:
            self._free.popleft().send(self._queue.popleft())

    def _read_answer(self, connection: HttpConnection) -> None:
        if connection.read():
            self.answers += 1
            self._free.append(connection)
            self._send_queued()

    def count_delivery(self, _: int) -> None:
        """Count an event of which it is not known to which change it belongs."""
        self.deliveries += 1

    def _count_delivery(self, follower: int) -> None:
        """Events arrive in order, so the nth event of a follower belongs to the nth change of its party since it follows."""
        self.deliveries += 1
        self._nth_of_follower[follower] += 1
        index = follower // self._seats
        change = index, self._first_nth[index] + self._nth_of_follower[follower]
        self._missing[change] -= 1
        if not self._missing[change]:
            del self._missing[change]
            self._waits_s[change] = time.perf_counter() - self._due_s[change]


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the load in time: the CPU time of the server in it, and the answers and deliveries."""

    since_s: float
    cpu_s: float
    others_share: float
    answers: int
    deliveries: int

    @property
    def change_us(self) -> float:
        """CPU time of one change, if nobody follows."""
        return self.cpu_s / self.answers * 1e6

    def delivery_us(self, alone: Phase) -> float:
        """CPU time of one delivery, without the cost of the changes. Raises `DidNotServe` if the followers received nothing."""
        if not self.deliveries:
            raise DidNotServe("the followers received nothing")
        return (self.cpu_s * 1e6 - alone.change_us * self.answers) / self.deliveries


def measure_phase(server: RunningServer, load: SteadyLoad, warm_up_s: float, seconds: float) -> Phase:
    """Warm up, then measure the load for `seconds`."""
    load.send(warm_up_s)
    answers, deliveries, since_s = load.answers, load.deliveries, time.perf_counter()
    meter = Meter(server)
    load.send(seconds)
    used = meter.read()
    answers, deliveries = load.answers - answers, load.deliveries - deliveries
    load.finish()
    return Phase(since_s, used.cpu_s, used.others_share, answers, deliveries)
