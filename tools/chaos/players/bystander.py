"""A player who only posts messages, and sends them straight to the servers, so that no proxy adds to its waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from tools.chaos.actions.situation import Situation
from tools.chaos.json_value import Json
from tools.chaos.operations import OPERATIONS
from tools.chaos.players.context import RunContext
from tools.chaos.players.player import Player
from tools.chaos.players.transport import HttpTransport, NoAnswer, Transport
from tools.chaos.ports import HOST
from tools.chaos.servers.node import Node

ANSWER_WAIT_S = 30.0
WAIT_MAX_S = 5.0
"""docs/valkey.md: how long a mutation waits for a Valkey that is away before it answers UNAVAILABLE, to read and to commit."""
SLACK_S = 1.0
PROBE_EVERY_S = 0.25
SETTLED_S = 5.0
"""A server is not measured for this long after its start or after a pause: it has work to catch up with."""


class Bystander(Player):
    """The streams of this player go through the proxy, like those of other players."""

    def __init__(self, context: RunContext, number: int, tasks: asyncio.TaskGroup, nodes: Sequence[Node]) -> None:
        self._direct: list[Transport] = [TimedTransport(node, context) for node in nodes]
        super().__init__(context, number, tasks)

    async def close(self) -> None:
        await super().close()
        for transport in self._direct:
            assert isinstance(transport, TimedTransport)
            await transport.close()

    async def _take_turn(self, mutations: asyncio.TaskGroup) -> None:
        operation = "PostMessage" if self.party is not None else "CreateParty"
        known = self._context.known_parties
        action = OPERATIONS[operation].build(Situation(self.player_id, self.party, known, self._random, self._mark()))
        if action is not None:
            await self._mutate(action)

    def _transports(self) -> list[Transport]:
        return self._direct


class TimedTransport:
    """Requests to one server. Their time is measured while no fault is injected into the server.

    The slowest of some requests that need no store is measured beside each, and shows how busy the machine is.
    """

    name = "direct"

    def __init__(
        self, node: Node, context: RunContext, wait_max_s: float = WAIT_MAX_S, settled_s: float = SETTLED_S
    ) -> None:
        self._wait_max_s = wait_max_s
        self._settled_s = settled_s
        self._node = node
        self._context = context
        self._http = HttpTransport((HOST, node.port), context.documents, ANSWER_WAIT_S)

    async def ask(self, operation: str, variables: Json, token: str | None) -> Any:
        began_at, answered = time.monotonic(), asyncio.Event()
        probing = asyncio.create_task(self._probe(answered))
        try:
            return await self._http.ask(operation, variables, token)
        finally:
            waited_s = time.monotonic() - began_at
            answered.set()  # a cancellation alone could be lost in the HTTP client, and the probe would go on
            probing.cancel()
            await asyncio.wait([probing])
            if self._node.is_steady_since(began_at - self._settled_s):
                self._note(operation, waited_s)

    def on_token_expired(self) -> None:
        """Nothing to do: each request carries the token of the moment."""

    async def close(self) -> None:
        await self._http.close()

    async def _probe(self, answered: asyncio.Event) -> None:
        self._slowest_probe_s = 0.0
        while not answered.is_set():
            began_at = time.monotonic()
            try:
                with suppress(NoAnswer):
                    await self._http.ask("ServerInfo", {}, None)
            finally:
                self._slowest_probe_s = max(self._slowest_probe_s, time.monotonic() - began_at)
            await asyncio.sleep(PROBE_EVERY_S)

    def _note(self, operation: str, waited_s: float) -> None:
        figures = self._context.figures
        figures.direct_requests += 1
        figures.direct_wait_max_s = max(figures.direct_wait_max_s, waited_s)
        bound_s = self._wait_max_s + SLACK_S + self._slowest_probe_s
        if waited_s > bound_s:
            probe = f"another request took {self._slowest_probe_s:.1f} s"
            self._context.evidence.record_failure(
                f"{self._node.name} took {waited_s:.1f} s for {operation}; {self._wait_max_s} s are documented, and {probe}"
            )
