"""A player of runs in a party of its own, who ends them in maintenances alone: runs must go on to their ends there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tools.chaos.actions.situation import Action, Situation, in_party
from tools.chaos.expected_state.events import MARK
from tools.chaos.operations import OPERATIONS
from tools.chaos.players.context import RunContext
from tools.chaos.players.player import Player

SETTINGS = {"gameType": "SOLO", "maxMembers": 1, "visibility": "PRIVATE", "countdownSeconds": 0}


class Runner(Player):
    def __init__(
        self, context: RunContext, number: int, tasks: asyncio.TaskGroup, is_in_force: Callable[[], bool]
    ) -> None:
        """`is_in_force`: True during a maintenance."""
        super().__init__(context, number, tasks)
        self._is_in_force = is_in_force

    async def _take_turn(self, mutations: asyncio.TaskGroup) -> None:
        action = self._next_action()
        if action is not None:
            await self._mutate(action)

    def _next_action(self) -> Action | None:
        known, mark = self._context.known_parties, self._mark()
        situation = Situation(self.player_id, self.party, known, self._random, mark)
        if self.party is None:
            attributes = [{"key": MARK, "value": mark}]
            return Action("CreateParty", {"settings": SETTINGS, "attributes": attributes}, mark)
        if situation.session is None:
            return in_party(situation, "StartSession", {})
        return OPERATIONS["CompleteSession"].build(situation) if self._is_in_force() else None
