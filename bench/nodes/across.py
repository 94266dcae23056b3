"""From a mutation on one node to the followers on another one."""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack, closing
from uuid import uuid4

from bench.contenders import LOBBY
from bench.load.crowd import crowd
from bench.load.following import follow
from bench.load.http_link import HttpLink
from bench.load.loop import Loop
from bench.rows.asks import ready_mutation
from bench.rows.latency import LATE_S, LINKS, Steady
from bench.rows.settling import settle
from bench.rows.teaching import teach
from bench.serving import Served, served
from bench.stage import Stage


class Across(Steady):
    """As `Steady`, but that everybody follows on `watched`, and acts on `acting`."""

    def __init__(self, acting: Served, watched: Served, stage: Stage, loop: Loop, rate: float) -> None:
        super().__init__(acting, stage, loop, rate)
        self._watched = watched

    def run(self, seconds: float) -> None:
        with ExitStack() as stack:
            followers = (follow(self._watched, party, seat) for party in self._parties for seat in party.members)
            stack.enter_context(crowd(self._loop, followers, self._hear))
            settle(self._watched, self._loop)
            for _ in range(LINKS):
                self._add_link(stack.enter_context(closing(HttpLink(self._server.port, "/graphql"))))
            self._play(round(seconds * self._rate))
            self._loop.until(lambda: not self._missing, LATE_S)
        for change in self._missing:
            self.waits_s[change] = time.perf_counter() - self._due_s[change]


def across(stage: Stage, same_node: bool, rate: int, seconds: int, warm_up_s: int) -> tuple[float, float]:
    """Milliseconds at the middle and at the 99th percentile, to the last member of each party."""
    with served(LOBBY, stage) as acting, ExitStack() as stack, Loop() as loop:
        watched = acting if same_node else stack.enter_context(served(LOBBY, stage))
        party = stage.world.parties[0]
        for server in {acting, watched}:
            teach(server, ready_mutation(LOBBY, party, party.members[0], False, str(uuid4())))
        steady = Across(acting, watched, stage, loop, rate)
        steady.run(warm_up_s + seconds)
    percentiles = statistics.quantiles(steady.since(warm_up_s), n=100, method="inclusive")
    return percentiles[49] * 1e3, percentiles[98] * 1e3
