"""A player: it draws actions at random, sends them by its client, and follows its party on its devices."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any

from tools.chaos.actions.situation import Action, Situation
from tools.chaos.evidence import Ending, ObservationKind, StreamSession, epoch_of
from tools.chaos.json_value import Json
from tools.chaos.operations import next_action
from tools.chaos.plan import random_for
from tools.chaos.players.context import RunContext
from tools.chaos.players.credentials import Credentials
from tools.chaos.players.device import Device
from tools.chaos.players.retrying_client import CursorRefused, NotFound, RetryingClient, party_of_answer
from tools.chaos.players.transport import HttpTransport, Transport

AWAY_SHARE = 0.015
"""The share of turns in which the player drops all connections, some for longer than the shorter graces."""
AWAY_S = (0.5, 7.0)
QUERY_SHARE = 0.1
"""The share of turns in which the player only sends a query."""
CONCURRENT_SHARE = 0.1
"""The share of mutations whose answer the player does not wait for before the next turn."""
HOST_DEATH_SHARE = 0.3
"""The share of reported endpoints with which a host drops all connections: its machine dies in the middle of the report."""
SECOND_DEVICE_SHARE = 0.2
SNAPSHOT_SHARE = 0.3
"""The share of streams that begin without a cursor."""
HISTORY_PAGE_ENTRIES = 200
PARTIES_PAGE_NODES = 10
_OUTDATED = frozenset({"NOT_MEMBER", "NOT_FOUND", "PARTY_CLOSED", "ALREADY_IN_PARTY"})
"""Rejections after which the player asks the server which party it is in."""


class Player:
    """`number` names the player. `tasks` runs its devices and streams."""

    def __init__(self, context: RunContext, number: int, tasks: asyncio.TaskGroup) -> None:
        self.party: Json | None = None
        """The party it is in, as an answer or a frame showed it last."""
        self.closed_parties: list[tuple[str, int]] = []
        """The parties that were closed while the player was a member, each with `Evidence.era` at that time."""
        self._context = context
        self._tasks = tasks
        self._random = random_for(context.seed, "player", number)
        self._marks = 0
        self._number = number
        self._http = HttpTransport(context.address, context.documents)
        self._credentials = Credentials(f"Player {number}", self._http, self._random, context.figures, context.evidence)
        self._client = RetryingClient(context, self._credentials, self._transports, self._random)
        names = [f"player {number}", f"player {number}'s second device"]
        self.devices = [self._device(name) for name in names[: 1 + (self._random.random() < SECOND_DEVICE_SHARE)]]

    @property
    def player_id(self) -> str:
        return self._credentials.player_id

    async def play(self, until: float) -> None:
        """Take turns until `until` of the monotonic clock, and wait for the last answers."""
        await self._credentials.sign_in()
        for device in self.devices:
            self._tasks.create_task(device.keep_open())
        async with asyncio.TaskGroup() as mutations:
            while time.monotonic() < until:
                await asyncio.sleep(self._random.expovariate(self._context.actions_per_s))
                await self._take_turn(mutations)

    async def refresh_party(self) -> Json | None:
        """Ask the server which party the player is in, and follow it."""
        party: Json | None = await self._client.query("MyParty", {})
        self.party = party
        if party is not None:
            self._context.evidence.observe_party(self.player_id, party)
            self._follow(party)
        return party

    async def read_history(self, party_id: str) -> None:
        """Record the party's whole history, from the start again if it was lost in the meantime. Raises `NotFound`."""
        context, cursor = self._context, None
        era = context.evidence.era
        while True:
            variables = {"partyId": party_id, "after": cursor, "first": HISTORY_PAGE_ENTRIES}
            try:
                page: list[Json] = await self._client.query("PartyHistory", variables)
            except CursorRefused:
                if era == context.evidence.era and not context.loses_tails:
                    context.evidence.record_failure(f"the history of {party_id} was refused after its cursor {cursor}")
                cursor, era = None, context.evidence.era
                continue
            for entry in page:
                seq = entry["seq"]
                self._context.evidence.observe(ObservationKind.HISTORY, party_id, seq, self.player_id, entry)
            if len(page) < HISTORY_PAGE_ENTRIES:
                return
            cursor = page[-1]["cursor"]

    async def close(self) -> None:
        await self._http.close()

    async def _take_turn(self, mutations: asyncio.TaskGroup) -> None:
        drawn = self._random.random()
        if drawn < AWAY_SHARE:
            await self._be_away()
        elif drawn < AWAY_SHARE + QUERY_SHARE:
            await self._query()
        else:
            await self._act(mutations)

    async def _act(self, mutations: asyncio.TaskGroup) -> None:
        known = self._context.known_parties
        action = next_action(Situation(self.player_id, self.party, known, self._random, self._mark()))
        if action is None:
            return
        if action.operation == "ReportEndpoint" and self._random.random() < HOST_DEATH_SHARE:
            mutations.create_task(self._mutate(action))
            await self._be_away()
        elif self._random.random() < CONCURRENT_SHARE:
            mutations.create_task(self._mutate(action))
        else:
            await self._mutate(action)

    def _mark(self) -> str:
        """A text that no mutation has carried yet."""
        self._marks += 1
        return f"{self._number}.{self._marks}.{self._random.getrandbits(24):06x}"

    async def _mutate(self, action: Action) -> None:
        answer = await self._client.mutate(action)
        if answer["__typename"] != "Rejection":
            party = party_of_answer(answer)
            if party is not None:
                self._on_answer(party)
        elif answer["code"] in _OUTDATED:
            if answer["code"] != "ALREADY_IN_PARTY" and "partyId" in action.input:
                self._context.known_parties.forget(action.input["partyId"])
            await self.refresh_party()

    def _on_answer(self, party: Json) -> None:
        """The party of an accepted mutation; the player may have moved to it."""
        if any(member["player"]["id"] == self.player_id for member in party["members"]):
            if self.party is None or self.party["id"] != party["id"]:
                self.party = party
            self._follow(party)
        self._on_party(party)

    def _on_party(self, party: Json) -> None:
        """A party in an answer or a frame, which may be older than what the player knows."""
        self._context.known_parties.note(party)
        mine = self.party
        if mine is None or mine["id"] != party["id"]:
            return
        is_same_log = epoch_of(mine["cursor"]) == epoch_of(party["cursor"])
        if is_same_log and party["version"] < mine["version"]:
            return
        is_member = any(member["player"]["id"] == self.player_id for member in party["members"])
        self.party = party if is_member else None

    def _follow(self, party: Json) -> None:
        for device in self.devices:
            if party["id"] not in device.followers:
                start = None if self._random.random() < SNAPSHOT_SHARE else party
                self._tasks.create_task(device.watch(device.begin(party["id"], start)))

    def _on_stream_end(self, stream: StreamSession) -> None:
        if self.party is not None and self.party["id"] == stream.party_id:
            self.party = None
        if stream.ending is Ending.REMOVED and any(frame.kind == "PartyClosed" for frame in stream.frames[-2:]):
            self.closed_parties.append((stream.party_id, self._context.evidence.era))
        self._tasks.create_task(self._refresh())

    async def _refresh(self) -> None:
        await self.refresh_party()

    async def _query(self) -> None:
        """Read the list of parties, a party, or a history."""
        drawn = self._random.random()
        party_id = self._context.known_parties.any_id(self._random)
        if drawn < 0.3:
            await self._read_list()
        elif drawn < 0.6 and party_id is not None:
            party = await self._client.query("Party", {"id": party_id})
            if party is not None:
                self._context.evidence.observe_party(self.player_id, party)
        elif self.party is not None:
            with suppress(NotFound):  # the player may have left it in the meantime
                await self.read_history(self.party["id"])

    async def _read_list(self) -> None:
        sort = self._random.choice(["NEWEST", "FULLEST"])
        page: Any = await self._client.query("Parties", {"first": PARTIES_PAGE_NODES, "sort": sort})
        for party in page["nodes"]:
            self._context.evidence.observe_party(self.player_id, party)

    async def _be_away(self) -> None:
        for device in self.devices:
            device.go_away()
        await asyncio.sleep(self._random.uniform(*AWAY_S))
        for device in self.devices:
            device.come_back()
        await self.refresh_party()

    def _device(self, name: str) -> Device:
        return Device(name, self._context, self._credentials, self._random, self._on_party, self._on_stream_end)

    def _transports(self) -> list[Transport]:
        return [self._http, *(device.transport for device in self.devices if device.transport is not None)]
