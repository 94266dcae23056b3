"""The latency of legitimate clients. They run in a process of their own, `reference_load`, and this module reads its output."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.attack.context import Guest, sign_in_guest
from tools.attack.raw_http import encode_operation, post
from tools.attack.reference_load import EVENTS, FLUSH_EVERY_S, MUTATIONS, OK, QUERIES, Party
from tools.attack.target import Target
from web.graphql.execution.client_documents import client_documents

ROOT = Path(__file__).parents[2]
PLAYERS = 8
_CREATE = "mutation{createParty(input:{}){...on PartyChanged{party{id settings{version}}}}}"
_JOIN = "mutation($i:ID!){joinParty(input:{partyId:$i}){__typename}}"


@dataclass(frozen=True, slots=True)
class Latencies:
    """The count and the percentiles of one kind of latency."""

    count: int
    p50_ms: float
    p99_ms: float
    slowest_ms: float

    @classmethod
    def of(cls, took_s: Sequence[float]) -> Latencies:
        ms = sorted(each * 1000 for each in took_s)
        return cls(len(ms), _percentile(ms, 0.5), _percentile(ms, 0.99), ms[-1]) if ms else cls(0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class LatencyReport:
    """`requests`: queries and mutations together. `failures`: the number of requests that failed, by outcome. `events`: from
    the request of a mutation to its event at the follower."""

    requests: Latencies
    queries: Latencies
    mutations: Latencies
    events: Latencies
    failures: Mapping[str, int]

    @property
    def failed(self) -> int:
        return sum(self.failures.values())


class ReferenceClient:
    """Collects the latencies of the process, and reports those of a period."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._latencies: list[tuple[str, float, float, str]] = []
        self._reading = asyncio.create_task(self._read())

    async def report_for(self, seconds: float) -> LatencyReport:
        """The latencies of the next `seconds`."""
        since_s = time.monotonic()
        await asyncio.sleep(seconds)
        return await self.report_since(since_s)

    async def report_since(self, since_s: float) -> LatencyReport:
        """The latencies since a time of the monotonic clock, until now."""
        until_s = time.monotonic()
        await asyncio.sleep(2 * FLUSH_EVERY_S)
        latencies = [each for each in self._latencies if since_s <= each[1] <= until_s]
        waits = {
            name: Latencies.of([took_s for kind, _, took_s, _ in latencies if kind in kinds]) for name, kinds in _KINDS
        }
        return LatencyReport(**waits, failures=Counter(outcome for *_, outcome in latencies if outcome != OK))

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            kind, at_s, took_s, outcome = line.decode().split()
            self._latencies.append((kind, float(at_s), float(took_s), outcome))

    async def close(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        self._reading.cancel()


_KINDS = (
    ("requests", (QUERIES, MUTATIONS)),
    ("queries", (QUERIES,)),
    ("mutations", (MUTATIONS,)),
    ("events", (EVENTS,)),
)


@asynccontextmanager
async def start_reference_client(target: Target) -> AsyncIterator[ReferenceClient]:
    party = await _create_party(target)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tools.attack.reference_load",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(party.to_json().encode() + b"\n")
    client = ReferenceClient(process)
    try:
        yield client
    finally:
        await client.close()


async def _create_party(target: Target) -> Party:
    """A party of eight players, with the documents of the Unity client."""
    players = [await sign_in_guest(target, f"Good {number}") for number in range(PLAYERS)]
    party_id, version = await _create_leader_party(target, players[0])
    for player in players[1:]:
        await post(target, encode_operation(_JOIN, i=party_id), player.token)
    documents = client_documents(ROOT / "client_queries")
    inputs = [{"partyId": party_id, "ready": ready, "settingsVersion": version} for ready in (True, False)]
    return Party(
        host=target.host,
        port=target.port,
        tokens=[player.token for player in players],
        query=encode_operation(documents["MyParty"]).decode(),
        changes=[encode_operation(documents["SetReady"], input=input).decode() for input in inputs],
        follow=encode_operation(documents["WatchParty"], partyId=party_id).decode(),
    )


async def _create_leader_party(target: Target, leader: Guest) -> tuple[str, int]:
    """The id of a new party, and the version of its settings."""
    party = json.loads((await post(target, encode_operation(_CREATE), leader.token)).body)["data"]["createParty"][
        "party"
    ]
    return party["id"], party["settings"]["version"]


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
