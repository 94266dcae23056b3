"""How good clients fare."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from attack.arena import Guest, guest
from attack.good_clients import CHANGES, HEARS, LOOKS, TOLD_EVERY_S, Party
from attack.target import Target
from attack.wire import operation, post
from lobby.operations.client_documents import client_documents

ROOT = Path(__file__).parents[1]
PLAYERS = 8
_CREATE = "mutation{createParty(input:{}){...on PartyChanged{party{id settings{version}}}}}"
_JOIN = "mutation($i:ID!){joinParty(input:{partyId:$i}){__typename}}"


@dataclass(frozen=True, slots=True)
class Waits:
    """How long one kind of thing took, of which there were so many."""

    count: int
    p50_ms: float
    p99_ms: float
    slowest_ms: float

    @classmethod
    def of(cls, took_s: Sequence[float]) -> Waits:
        ms = sorted(each * 1000 for each in took_s)
        return cls(len(ms), _share(ms, 0.5), _share(ms, 0.99), ms[-1]) if ms else cls(0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Fare:
    """`requests` are queries and mutations together, `failed` those of them that came to nothing or were refused; `events` are
    from the mutation's request to the event at a follower."""

    requests: Waits
    queries: Waits
    mutations: Waits
    events: Waits
    failed: int


class Witness:
    """Looks on, from its process, for as long as it lasts."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._seen: list[tuple[str, float, float, int]] = []
        self._reading = asyncio.create_task(self._read())

    async def watches(self, seconds: float) -> Fare:
        """How they fare from now on, for so long."""
        since_s = time.monotonic()
        await asyncio.sleep(seconds)
        return await self.fared(since_s)

    async def fared(self, since_s: float) -> Fare:
        """How they fared since then, until now."""
        until_s = time.monotonic()
        await asyncio.sleep(2 * TOLD_EVERY_S)
        seen = [each for each in self._seen if since_s <= each[1] <= until_s]
        waits = {name: Waits.of([took_s for kind, _, took_s, _ in seen if kind in kinds]) for name, kinds in _SHOWN}
        return Fare(**waits, failed=sum(status != 200 for *_, status in seen))

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            kind, at_s, took_s, status = line.decode().split()
            self._seen.append((kind, float(at_s), float(took_s), int(status)))

    async def close(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        self._reading.cancel()


_SHOWN = (("requests", (LOOKS, CHANGES)), ("queries", (LOOKS,)), ("mutations", (CHANGES,)), ("events", (HEARS,)))


@asynccontextmanager
async def witness(target: Target) -> AsyncIterator[Witness]:
    party = await _gathered(target)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "attack.good_clients",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(party.to_json().encode() + b"\n")
    watching = Witness(process)
    try:
        yield watching
    finally:
        await watching.close()


async def _gathered(target: Target) -> Party:
    """A party of good clients, with the documents that the Unity client sends."""
    players = [await guest(target, f"Good {number}") for number in range(PLAYERS)]
    party_id, version = await _created(target, players[0])
    for player in players[1:]:
        await post(target, operation(_JOIN, i=party_id), player.token)
    documents = client_documents(ROOT / "client_queries")
    wishes = [{"partyId": party_id, "ready": ready, "settingsVersion": version} for ready in (True, False)]
    return Party(
        host=target.host,
        port=target.port,
        tokens=[player.token for player in players],
        look=operation(documents["MyParty"]).decode(),
        changes=[operation(documents["SetReady"], input=wish).decode() for wish in wishes],
        follow=operation(documents["WatchParty"], partyId=party_id).decode(),
    )


async def _created(target: Target, leader: Guest) -> tuple[str, int]:
    """The id of a party, and the version of its settings."""
    party = json.loads((await post(target, operation(_CREATE), leader.token)).body)["data"]["createParty"]["party"]
    return party["id"], party["settings"]["version"]


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
