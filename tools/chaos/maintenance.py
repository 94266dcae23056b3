"""Announces, begins and ends maintenances while players play, and notes when each was in force.

Times are those of the servers: the log has them, too. So the clocks of the servers must not be set during a run.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import uuid4

from lobby.auth.api_keys import hash_key, new_key
from lobby.domain import events as e
from lobby.domain.values import Instant, SessionStatus
from tools.chaos.evidence import Evidence
from tools.chaos.expected_state.logs import Log
from tools.chaos.figures import Figures, MaintenanceWindow
from tools.chaos.json_value import Json
from tools.chaos.players.transport import HttpTransport, NoAnswer, RequestFailed
from tools.chaos.servers.cluster import Cluster
from tools.chaos.violation import Kind, Violation

LEAD_S = 2.0
"""The time from the announcement to the beginning."""
HOLD_S = 2.5
PAUSE_S = (0.5, 2.0)
"""Between two maintenances."""
ACT_WAIT_S = 60.0
"""The bound for the answer to one act. A server may be killed several times in it, and takes some seconds to start."""
ASK_EVERY_S = 0.1
LEEWAY_MS = 1_000
"""An act takes effect on all nodes within this time."""
LEEWAY_OF_CUT_NODES_MS = 12_000
"""A node that is cut off from its Valkey reads of an act when it is connected again."""


class MaintenanceInjector:
    """`documents`: those of players and those of moderators."""

    def __init__(
        self,
        cluster: Cluster,
        key: str,
        documents: Mapping[str, str],
        random: Random,
        figures: Figures,
        evidence: Evidence,
        leeway_ms: int,
    ) -> None:
        self._transports = [HttpTransport(address, documents) for address in cluster.addresses]
        self._key = key
        self._random = random
        self._figures = figures
        self._evidence = evidence
        self._leeway_ms = leeway_ms
        self.is_in_force = False
        """True while a maintenance is in force on all servers."""

    async def run(self, until: float) -> None:
        """Until `until` of the monotonic clock. No maintenance is in force on return."""
        try:
            while time.monotonic() + LEAD_S + HOLD_S + self._leeway_ms / 1000 < until:
                await self._one()
                await asyncio.sleep(self._random.uniform(*PAUSE_S))
        except TimeoutError:
            self._evidence.record_failure(f"a maintenance was not answered within {ACT_WAIT_S:g} s")
        finally:
            for transport in self._transports:
                await transport.close()

    async def _one(self) -> None:
        starts_at = await self._now() + round(LEAD_S * 1000)
        await self._act(startsAt=_text(starts_at), text="The chaos test says so")
        begins_at = max(starts_at, await self._now()) + self._leeway_ms
        await self._wait_for(begins_at)
        self.is_in_force = True
        answer = await self._ask("CreateParty", {"input": {}}, await self._sign_in())
        if answer.get("code") != "MAINTENANCE":
            self._evidence.record_failure(f"a party was created in a maintenance: {answer}")
        await self._wait_for(begins_at + round(HOLD_S * 1000))
        self.is_in_force = False
        ended = await self._act(startsAt=None)
        self._figures.maintenances.append(MaintenanceWindow(begins_at, _instant(ended["entry"]["at"])))

    async def _act(self, **fields: Any) -> Json:
        answer = await self._ask("SetMaintenance", {"input": {**fields, "idempotencyKey": str(uuid4())}}, self._key)
        if answer["__typename"] != "Moderated":
            self._evidence.record_failure(f"a maintenance was rejected: {answer}")
        return answer

    async def _sign_in(self) -> str:
        answer = await self._ask("SignInAsGuest", {"input": {"displayName": "Late"}}, None)
        token: str = answer["credentials"]["accessToken"]
        return token

    async def _now(self) -> Instant:
        """By the clock of the servers."""
        return _instant((await self._ask("ServerInfo", {}, None))["time"])

    async def _wait_for(self, at: Instant) -> None:
        while await self._now() < at:  # noqa: ASYNC110
            await asyncio.sleep(ASK_EVERY_S)

    async def _ask(self, operation: str, variables: Json, token: str | None) -> Json:
        """The answer of any server, asked again until it comes. Raises `TimeoutError`."""
        async with asyncio.timeout(ACT_WAIT_S):
            while True:
                try:
                    answer: Json = await self._random.choice(self._transports).ask(operation, variables, token)
                    if answer.get("code") != "UNAVAILABLE":
                        return answer
                except NoAnswer:
                    pass
                except RequestFailed as failed:
                    if failed.code != "UNAVAILABLE":
                        self._evidence.record_failure(f"{operation} of the maintenance: {failed}")
                await asyncio.sleep(ASK_EVERY_S)


def moderator_key() -> tuple[str, Mapping[str, str]]:
    """A new key, and the settings of servers that know it."""
    key = new_key("moderator")
    return key, {"LOBBY_MODERATOR_KEYS": f'["chaos={hash_key(key)}"]'}


def check_maintenances(logs: Iterable[Log], windows: list[MaintenanceWindow]) -> Iterator[Violation]:
    """Find parties, searches and starts that began in a maintenance."""
    for log in logs:
        for entry in log.entries:
            if any(window.contains(entry.at) for window in windows) and begins_something(entry.event):
                text = f"{type(entry.event).__name__} at {entry.at}, entry {entry.seq} of party {log.party_id}"
                yield Violation(Kind.INVARIANT, f"in a maintenance: {text}")


def begins_something(event: e.Event) -> bool:
    return isinstance(event, e.PartyCreated | e.CountdownStarted) or (
        isinstance(event, e.PartySearchChanged) and event.is_new
    )


def ended_sessions(logs: Iterable[Log], windows: list[MaintenanceWindow]) -> int:
    """How many sessions came to their regular end in a maintenance."""
    entries = (entry for log in logs for entry in log.entries if is_completion(entry.event))
    return sum(any(window.contains(entry.at) for window in windows) for entry in entries)


def is_completion(event: e.Event) -> bool:
    return isinstance(event, e.SessionEnded) and event.status is SessionStatus.COMPLETE


def _text(at: Instant) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _instant(text: str) -> Instant:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
