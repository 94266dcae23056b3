"""A player: a mind of chance, hands that act, and devices that watch."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any

from chaos.chance import chance
from chaos.evidence.sights import SightKind
from chaos.evidence.stays import Ending, Stay
from chaos.json_value import Json
from chaos.players.acting import Actor, NotThere
from chaos.players.asking import Way
from chaos.players.device import Device
from chaos.players.http_way import HttpWay
from chaos.players.passport import Passport
from chaos.players.wishes import Outlook, Wish, next_wish
from chaos.players.world import World

AWAY_SHARE = 0.015
"""Of the turns: the player is gone for longer than the shorter graces."""
AWAY_S = (0.5, 7.0)
LOOK_SHARE = 0.1
"""Of the turns: the player only looks at something."""
AT_ONCE_SHARE = 0.1
"""Of the acts: the player does not wait for the answer before the next one."""
SECOND_DEVICE_SHARE = 0.2
SNAPSHOT_SHARE = 0.3
"""Of the stays: begun without a cursor."""
HISTORY_PAGE = 200
_OUT_OF_STEP = frozenset({"NOT_MEMBER", "NOT_FOUND", "PARTY_CLOSED", "ALREADY_IN_PARTY"})
"""Rejections by which a player learns that things are not as it thought."""


class Player:
    """`number` names it. Everything it does goes over the world's one address."""

    def __init__(self, world: World, number: int, tasks: asyncio.TaskGroup) -> None:
        self.party: Json | None = None
        """The one it is in, as it was shown last."""
        self.closed_ids: list[str] = []
        """Parties that it was in when they closed."""
        self._world = world
        self._tasks = tasks
        self._chance = chance(world.seed, "player", number)
        self._marks = 0
        self._number = number
        self._http = HttpWay(world.address, world.documents)
        self._passport = Passport(f"Player {number}", self._http, self._chance, world.figures, world.evidence)
        self._actor = Actor(world, self._passport, self._ways, self._chance)
        names = [f"player {number}", f"player {number}'s second device"]
        self.devices = [self._device(name) for name in names[: 1 + (self._chance.random() < SECOND_DEVICE_SHARE)]]

    @property
    def player_id(self) -> str:
        return self._passport.player_id

    async def live(self, until: float) -> None:
        """Until `until` of the monotonic clock, and until the last act is answered."""
        await self._passport.sign_in()
        for device in self.devices:
            self._tasks.create_task(device.keep_open())
        async with asyncio.TaskGroup() as acts:
            while time.monotonic() < until:
                await asyncio.sleep(self._chance.expovariate(self._world.acts_per_s))
                await self._take_turn(acts)

    async def where_am_i(self) -> Json | None:
        """Asks the server, and watches the party from there."""
        party: Json | None = await self._actor.ask("MyParty", {})
        self.party = party
        if party is not None:
            self._world.evidence.note_party(self.player_id, party)
            self._enter(party)
        return party

    async def read_history(self, party_id: str) -> None:
        """All of it, into the evidence."""
        cursor = None
        while True:
            variables = {"partyId": party_id, "after": cursor, "first": HISTORY_PAGE}
            page: list[Json] = await self._actor.ask("PartyHistory", variables)
            for entry in page:
                self._world.evidence.note(SightKind.HISTORY, party_id, entry["seq"], self.player_id, entry)
            if len(page) < HISTORY_PAGE:
                return
            cursor = page[-1]["cursor"]

    async def close(self) -> None:
        await self._http.close()

    async def _take_turn(self, acts: asyncio.TaskGroup) -> None:
        drawn = self._chance.random()
        if drawn < AWAY_SHARE:
            await self._be_away()
        elif drawn < AWAY_SHARE + LOOK_SHARE:
            await self._look()
        else:
            await self._act(acts)

    async def _act(self, acts: asyncio.TaskGroup) -> None:
        self._marks += 1
        mark = f"{self._number}.{self._marks}.{self._chance.getrandbits(24):06x}"
        wish = next_wish(Outlook(self.player_id, self.party, self._world.board, self._chance, mark))
        if wish is None:
            return
        if self._chance.random() < AT_ONCE_SHARE:
            acts.create_task(self._do(wish))
        else:
            await self._do(wish)

    async def _do(self, wish: Wish) -> None:
        answer = await self._actor.do(wish)
        if answer["__typename"] != "Rejection":
            self._acted(answer["party"])
        elif answer["code"] in _OUT_OF_STEP:
            if answer["code"] != "ALREADY_IN_PARTY" and "partyId" in wish.input:
                self._world.board.forget(wish.input["partyId"])
            await self.where_am_i()

    def _acted(self, party: Json) -> None:
        """What an act led to; it may have led into another party."""
        if any(member["player"]["id"] == self.player_id for member in party["members"]):
            if self.party is None or self.party["id"] != party["id"]:
                self.party = party
            self._enter(party)
        self._shown(party)

    def _shown(self, party: Json) -> None:
        """By an answer or a frame, maybe a late one."""
        self._world.board.note(party)
        mine = self.party
        if mine is None or mine["id"] != party["id"] or party["version"] < mine["version"]:
            return
        is_in = any(member["player"]["id"] == self.player_id for member in party["members"])
        self.party = party if is_in else None

    def _enter(self, party: Json) -> None:
        for device in self.devices:
            if party["id"] not in device.followings:
                start = None if self._chance.random() < SNAPSHOT_SHARE else party
                self._tasks.create_task(device.watch(device.begin(party["id"], start)))

    def _stay_over(self, stay: Stay) -> None:
        if self.party is not None and self.party["id"] == stay.party_id:
            self.party = None
        if stay.ending is Ending.REMOVED and any(seen.kind == "PartyClosed" for seen in stay.seen[-2:]):
            self.closed_ids.append(stay.party_id)
        self._tasks.create_task(self._find_out())

    async def _find_out(self) -> None:
        await self.where_am_i()

    async def _look(self) -> None:
        """At the list, at a party, or at what has happened."""
        drawn = self._chance.random()
        party_id = self._world.board.any_id(self._chance)
        if drawn < 0.3:
            await self._look_at_list()
        elif drawn < 0.6 and party_id is not None:
            party = await self._actor.ask("Party", {"id": party_id})
            if party is not None:
                self._world.evidence.note_party(self.player_id, party)
        elif self.party is not None:
            await self._look_back(self.party["id"])

    async def _look_at_list(self) -> None:
        page: Any = await self._actor.ask("Parties", {"first": 10, "sort": self._chance.choice(["NEWEST", "FULLEST"])})
        for party in page["nodes"]:
            self._world.evidence.note_party(self.player_id, party)

    async def _look_back(self, party_id: str) -> None:
        """Unless one is out of it by now."""
        with suppress(NotThere):
            await self.read_history(party_id)

    async def _be_away(self) -> None:
        for device in self.devices:
            device.go_away()
        await asyncio.sleep(self._chance.uniform(*AWAY_S))
        for device in self.devices:
            device.come_back()
        await self.where_am_i()

    def _device(self, name: str) -> Device:
        return Device(name, self._world, self._passport, self._chance, self._shown, self._stay_over)

    def _ways(self) -> list[Way]:
        return [self._http, *(device.way for device in self.devices if device.way is not None)]
