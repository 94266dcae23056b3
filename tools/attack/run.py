"""Runs attacks one after the other, each with the latency of the reference clients before, during and after it.

Attackers run in a process of their own with idle priority, so that they slow reference clients down only through the server.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from tools.attack.attacks import ALL
from tools.attack.context import SLOW_S, Attack, AttackContext, Guest, Outcome, sign_in_guest
from tools.attack.cores import set_idle_priority
from tools.attack.raw_http import encode_operation, post
from tools.attack.reference_client import LatencyReport, ReferenceClient, start_reference_client
from tools.attack.target import Target

BY_NAME = {attack.name: attack for attack in ALL}


class Attackers:
    """The attackers' process. It stays for all attacks, so that each one begins at once."""

    def __init__(self, processes: ProcessPoolExecutor) -> None:
        self._processes = processes

    async def run(self, name: str, context: AttackContext) -> Outcome:
        """Run the attack of this name and return its outcome."""
        return await asyncio.get_running_loop().run_in_executor(self._processes, _run_by_name, name, context)


@contextmanager
def start_attackers(connections_max: int, idle_priority: bool) -> Iterator[Attackers]:
    """`connections_max`: of one attack. `idle_priority`: see `run_attacks`."""
    fresh = multiprocessing.get_context("spawn")
    arguments = (4 * connections_max + 200, idle_priority)
    with ProcessPoolExecutor(1, fresh, initializer=_set_up_process, initargs=arguments) as processes:
        yield Attackers(processes)


def _set_up_process(descriptors: int, idle_priority: bool) -> None:
    if idle_priority:
        set_idle_priority()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, descriptors)), hard))


def _run_by_name(name: str, context: AttackContext) -> Outcome:
    return asyncio.run(BY_NAME[name].run(context))


PAUSE_S = 1.5
"""The pause after an attack, in which the server closes the attack's connections."""
SLOWDOWN_MAX = 2.0
"""The p99 of the reference clients may rise by this factor during an attack."""
CREATE = (
    'mutation($v:Visibility!){createParty(input:{settings:{visibility:$v,password:"open sesame"}})'
    "{...on PartyChanged{party{id}}}}"
)


@dataclass(frozen=True, slots=True)
class AttackResult:
    """`before`, `during` and `after`: reports of the reference clients. `attempt`: 2 if the first attempt slowed them down.
    Such an attack runs once more, and the second attempt counts."""

    attack: Attack
    outcome: Outcome
    duration_s: float
    before: LatencyReport
    during: LatencyReport
    after: LatencyReport
    attempt: int = 1

    @property
    def usual_p99_ms(self) -> float:
        """The p99 of all requests before or after the attack, the greater of both."""
        return max(self.before.requests.p99_ms, self.after.requests.p99_ms)

    @property
    def slowdown(self) -> float:
        """The p99 of all requests during the attack, divided by the usual one."""
        return self.during.requests.p99_ms / self.usual_p99_ms if self.usual_p99_ms else 0.0

    @property
    def are_queries_slowed(self) -> bool:
        """True if the p99 of queries alone exceeds the limit. Queries do not wait for the disk, so the same delay is a greater
        factor for them. It is only reported, and fails no attack."""
        usual_ms = max(self.before.queries.p99_ms, self.after.queries.p99_ms)
        return self.during.queries.p99_ms > SLOWDOWN_MAX * usual_ms

    @property
    def is_slowed(self) -> bool:
        """True if the attack slowed the reference clients down by more than `SLOWDOWN_MAX`."""
        return self.slowdown > SLOWDOWN_MAX


async def run_attacks(
    target: Target,
    seconds: float,
    connections_max: int,
    names: Sequence[str],
    on_result: Callable[[AttackResult], None],
    idle_priority: bool = True,
    attempts_max: int = 2,
) -> list[AttackResult]:
    """Run the attacks whose names contain one of `names`, or all attacks without `names`.

    `idle_priority`: attackers run only while their core is idle. Without it an attack happens on a busy machine too, and the
    latencies say nothing about the server. `attempts_max`: 1 or 2, see `AttackResult.attempt`.
    """
    selected = [attack for attack in ALL if not names or any(name in attack.name for name in names)]
    results: list[AttackResult] = []
    with start_attackers(connections_max, idle_priority) as attackers:
        async with start_reference_client(target) as reference:
            run = _Run(target, seconds, connections_max, attackers, reference)
            await run.begin()
            for attack in selected:
                results.append(await run.run_attack(attack, attempts_max))
                on_result(results[-1])
    return results


class _Run:
    """The reference clients are measured once between two attacks, for both of them."""

    def __init__(
        self, target: Target, seconds: float, connections_max: int, attackers: Attackers, reference: ReferenceClient
    ) -> None:
        self._target = target
        self._seconds = seconds
        self._connections_max = connections_max
        self._attackers = attackers
        self._reference = reference
        self._addresses = 0

    async def begin(self) -> None:
        await self._reference.report_for(PAUSE_S + self._seconds)  # A warm-up of clients and server.
        self._before = await self._reference.report_for(self._seconds)

    async def run_attack(self, attack: Attack, attempts_max: int) -> AttackResult:
        first = await self._run_once(attack, 1)
        return await self._run_once(attack, 2) if first.is_slowed and attempts_max > 1 else first

    async def _run_once(self, attack: Attack, attempt: int) -> AttackResult:
        context = await self._create_context()
        began_s = time.monotonic()
        outcome = await self._attackers.run(attack.name, context)
        took_s = time.monotonic() - began_s
        during = await self._reference.report_since(began_s)
        await asyncio.sleep(min(PAUSE_S, self._seconds))
        after = await self._reference.report_for(self._seconds)
        before, self._before = self._before, after
        _judge(outcome, during)
        return AttackResult(attack, outcome, took_s, before, during, after, attempt)

    async def _create_context(self) -> AttackContext:
        """A new address and new victims for each attack: a party whose leader is idle is closed after a while."""
        origin = self._target.from_own_address(self._addresses)
        self._addresses += 1
        victim, host, eve = [await sign_in_guest(origin, name) for name in ("Victim", "Host", "Eve")]
        party_id, listed_id = (
            await _create_party(origin, victim, "PRIVATE"),
            await _create_party(origin, host, "PUBLIC"),
        )
        return AttackContext(origin, self._seconds, self._connections_max, victim, party_id, listed_id, eve)


def _judge(outcome: Outcome, reference: LatencyReport) -> None:
    if reference.requests.slowest_ms > SLOW_S * 1000:
        outcome.add_fault(f"a reference client waited for {reference.requests.slowest_ms:.0f} ms")
    if reference.failed:
        outcome.add_fault(f"{reference.failed} requests of reference clients failed: {dict(reference.failures)}")


async def _create_party(target: Target, leader: Guest, visibility: str) -> str:
    answer = await post(target, encode_operation(CREATE, v=visibility), leader.token)
    party_id: str = json.loads(answer.body)["data"]["createParty"]["party"]["id"]
    return party_id
