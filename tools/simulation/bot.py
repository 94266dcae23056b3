"""One player of the simulation: its acts, and how often each is done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from random import Random

from tools.demo.answers import Answer
from tools.simulation.pace import Pace
from tools.simulation.player import OpenSocket, Player
from tools.simulation.records import Block, Cancel, QuickJoin, Records

OFFLINE_MAX_S = 4.0
DIFFICULTIES = ("Easy", "Normal", "Hard")
SKILL_SPREAD = 60
THINK_MAX_S = 3.0
"""A player answers a proposed match, or takes a held seat, within this time, or never."""
ANSWERS_SHARE = 0.9
ACCEPTS_SHARE = 0.85
WAITS_SHARE = 0.3
"""A player who looks for a party goes to a full one this often, and waits there."""


class Bot(Player):
    """`pause_s`: the mean time between two actions. `crowd`: the ids of all players, for invites and blocks."""

    def __init__(
        self,
        player: Answer,
        socket: OpenSocket,
        records: Records,
        pace: Pace,
        random: Random,
        pause_s: float,
        crowd: Sequence[str],
    ) -> None:
        super().__init__(player, socket, records, pace, random)
        self._pause_s = pause_s
        self._crowd = crowd
        self._acts = True
        self._may_act = asyncio.Event()
        self.is_idle = asyncio.Event()

    async def live(self) -> None:
        """Play until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.socket.keep_open())
            tasks.create_task(self._act())

    def begin_acting(self) -> None:
        """Until then the player only connects."""
        self._may_act.set()

    def stop_acting(self) -> None:
        """The player finishes what it does, and stays connected."""
        self._acts = False
        self.is_called.set()

    async def _act(self) -> None:
        await self._may_act.wait()
        while self._acts:
            await self._pause()
            search_id, self.asked_for = self.asked_for, None
            seat_in, self.seat_in = self.seat_in, None
            if search_id is not None:
                await self._answer_match(search_id)
            elif seat_in is not None:
                await self._take_seat(seat_in)
            elif self._acts:
                await self.random.choice(self._possible_actions())()
        self.is_idle.set()

    async def _pause(self) -> None:
        """Wait for some time, or until a match is proposed or a seat is held."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.random.expovariate(1 / self._pause_s)):
                await self.is_called.wait()
        self.is_called.clear()

    def _possible_actions(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """Each action as often as its weight."""
        actions = [self._go_offline, self._block]
        party = self.party
        if party is None or self.party_id is None:
            if self.waits_in is not None:  # most of those who wait do so until their turn comes
                return [*actions, self._stop_waiting] + [self._idle] * 8
            actions += [self._quick_join] * 4 + [self._create] * 2 + [self._join_or_wait] * 4
            return actions + [self._answer_invite] * (4 if self.invites else 0)
        search = party["search"]
        is_searching = search is not None and search["state"] in ("SEARCHING", "PROPOSED")
        actions += (
            [self._leave] * (1 if is_searching else 2)
            + [self._invite] * 2
            + [self._revoke_invite] * (1 if self.sent_invites else 0)
            + [self._answer_invite] * (1 if self.invites else 0)
        )
        if party["leader"] is not None and party["leader"]["player"]["id"] == self.id:
            actions += [self._cancel_search] * 3 if is_searching else [self._start_search] * 8
            actions += [self._kick, self._lower_seats]
        return actions

    # ---- The actions ------------------------------------------------------------------------------------------------------

    async def _quick_join(self) -> None:
        answer = await self.mutate("QuickJoin", createIfNone=self._settings())
        if answer["__typename"] == "PartyChanged":
            self.records.quick_joins.append(QuickJoin(self.id, answer["party"]["id"], answer["seq"]))

    async def _create(self) -> None:
        await self.mutate("CreateParty", settings=self._settings())

    async def _idle(self) -> None:
        """Do nothing for once."""

    async def _join_or_wait(self) -> None:
        if self.records.full_parties and self.random.random() < WAITS_SHARE:
            await self._join(self.random.choice(list(self.records.full_parties)))
            return
        sort = {"sort": self.random.choice(("NEWEST", "FULLEST"))}
        page = await self.repeat("Browse", lambda connection: connection.run("Browse", sort))
        self.records.actions["Browse done"] += 1
        nodes = page.get("nodes")
        if nodes:
            await self._join(self.random.choice(nodes)["id"])

    async def _take_seat(self, party_id: str) -> None:
        """Take a seat that is held, in most cases."""
        if self.random.random() < ANSWERS_SHARE:
            await asyncio.sleep(self.random.uniform(0, THINK_MAX_S))
            await self._join(party_id, name="JoinParty (held seat)")

    async def _join(self, party_id: str, name: str = "JoinParty") -> None:
        answer = await self.mutate("JoinParty", name, partyId=party_id, wait=True)
        if answer["__typename"] == "PartyChanged" and any(p["id"] == self.id for p in answer["party"]["waiting"]):
            self.records.actions["JoinParty waits"] += 1
            self.waits_in = party_id

    async def _stop_waiting(self) -> None:
        party_id, self.waits_in = self.waits_in, None
        await self.mutate("StopWaiting", partyId=party_id)

    async def _answer_invite(self) -> None:
        invite_id = self.random.choice(sorted(self.invites))
        if self.random.random() < 0.7:
            await self.mutate("AcceptInvite", inviteId=invite_id, leaveCurrent=True)
        else:
            await self.mutate("DeclineInvite", inviteId=invite_id)

    async def _leave(self) -> None:
        await self.mutate("LeaveParty", partyId=self.party_id)

    async def _invite(self) -> None:
        invited = self._somebody()
        answer = await self.mutate("InvitePlayer", partyId=self.party_id, playerId=invited)
        if answer["__typename"] == "InviteChanged":
            self.records.invites[answer["invite"]["id"]] = (self.id, invited)
            self.sent_invites.append(answer["invite"]["id"])

    async def _revoke_invite(self) -> None:
        invite_id = self.sent_invites.pop(self.random.randrange(len(self.sent_invites)))
        await self.mutate("RevokeInvite", inviteId=invite_id)

    async def _block(self) -> None:
        blocked = self._somebody()
        answer = await self.mutate("BlockPlayer", playerId=blocked)
        if answer["__typename"] == "BlocksChanged":
            self.records.blocks.append(Block(self.id, blocked, time.time() * 1000))

    async def _kick(self) -> None:
        others = (
            [m["player"]["id"] for m in self.party["members"] if m["player"]["id"] != self.id] if self.party else []
        )
        if others:
            await self.mutate("KickMember", partyId=self.party_id, playerId=self.random.choice(others))

    async def _lower_seats(self) -> None:
        settings = {"maxMembers": self.random.randint(2, 8)}
        await self.mutate("UpdateParty", partyId=self.party_id, settings=settings)

    async def _start_search(self) -> None:
        criteria = {
            "gameType": "COOP",
            "size": max(self.random.choice((4, 4, 6, 8)), min(8, self._party_size() + 1)),
            "difficulty": self.random.choice((None, None, None, *DIFFICULTIES)),
            "skill": round(self.random.gauss(1000, SKILL_SPREAD)),
        }
        answer = await self.mutate("StartSearch", partyId=self.party_id, criteria=criteria)
        if answer["__typename"] == "SearchChanged":
            self.records.searches.add(answer["search"]["id"])

    async def _cancel_search(self) -> None:
        search_id = self._search_id()
        if search_id is not None:
            answer = await self.mutate("CancelSearch", searchId=search_id)
            if answer["__typename"] == "SearchChanged":
                self.records.cancels.append(Cancel(search_id, answer["search"]["state"]))

    async def _answer_match(self, search_id: str) -> None:
        if self.random.random() > ANSWERS_SHARE:
            return
        await asyncio.sleep(self.random.uniform(0, THINK_MAX_S))
        accepts = self.random.random() < ACCEPTS_SHARE
        await self.mutate("AcceptMatch" if accepts else "DeclineMatch", searchId=search_id)

    async def _go_offline(self) -> None:
        """Lose the connection as on a bad network, and come back."""
        self.records.actions["lost connection"] += 1
        with self.socket.offline():
            self.was_cut = True
            await asyncio.sleep(self.random.uniform(0, OFFLINE_MAX_S))

    def _settings(self) -> Answer:
        return {"maxMembers": self.random.choice((2, 3, 4, 8)), "allowLateJoin": True}

    def _search_id(self) -> str | None:
        search = self.party["search"] if self.party is not None else None
        return search["id"] if search is not None else None

    def _party_size(self) -> int:
        return len(self.party["members"]) if self.party is not None else 0

    def _somebody(self) -> str:
        while (player_id := self.random.choice(self._crowd)) == self.id:
            pass
        return player_id
