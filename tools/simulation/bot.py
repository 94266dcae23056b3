"""One player of the simulation: an inbox, the stream of the own party, and an action now and then."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from random import Random
from typing import Any
from uuid import UUID

from tools.demo.answers import Answer, NoAnswer, RequestFailed, only_field
from tools.demo.reconnecting_socket import ReconnectingSocket
from tools.demo.socket_client import SocketClient
from tools.simulation.records import Block, Cancel, QuickJoin, Records

RECONNECTS_MAX = 100_000
ANSWER_WAIT_S = 120.0
"""The time within which every mutation must be answered, with all repetitions. Servers are killed and started meanwhile."""
RETRY_S = 0.5
OFFLINE_MAX_S = 4.0
DIFFICULTIES = ("Easy", "Normal", "Hard")
SKILL_SPREAD = 60
THINK_MAX_S = 3.0
"""A player answers a proposed match within this time, or never."""
ANSWERS_SHARE = 0.9
ACCEPTS_SHARE = 0.9


class Bot:
    """`pause_s`: the mean time between two actions. `crowd`: the ids of all players, for invites and blocks."""

    def __init__(
        self,
        player: Answer,
        connect: Callable[[], AbstractAsyncContextManager[SocketClient]],
        records: Records,
        random: Random,
        pause_s: float,
        crowd: Sequence[str],
    ) -> None:
        self.id: str = player["id"]
        self.records = records
        self._random = random
        self._pause_s = pause_s
        self._crowd = crowd
        self._socket = ReconnectingSocket(connect, attempts_max=RECONNECTS_MAX)
        self._party_id: str | None = None
        self._party: Answer | None = None
        self._waits_in: str | None = None
        self._invites: dict[str, str] = {}
        """The pending invites, by id."""
        self._party_id_changed = asyncio.Event()
        self._asked_for: str | None = None
        """The search to which a match is proposed that the player has not answered."""
        self._is_called = asyncio.Event()
        self._acts = True
        self._may_act = asyncio.Event()
        self.is_connected = asyncio.Event()
        """Set by the first frame of the inbox."""
        self.is_idle = asyncio.Event()
        self.doing = ""
        """The request that is on its way, for the report."""
        self._seen = records.inboxes.setdefault(self.id, [])

    async def live(self) -> None:
        """Play until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._socket.keep_open())
            tasks.create_task(self._follow_inbox())
            tasks.create_task(self._follow_parties())
            tasks.create_task(self._act())

    def begin_acting(self) -> None:
        """Until then the player only connects."""
        self._may_act.set()

    def stop_acting(self) -> None:
        """The player finishes what it does, and stays connected."""
        self._acts = False
        self._is_called.set()

    async def own(self) -> Answer | None:
        """The party of the player, as the server shows it now."""
        answer: Answer | None = await self._repeat(lambda client: client.run("Own"))
        return answer

    async def _act(self) -> None:
        await self._may_act.wait()
        while self._acts:
            await self._pause()
            search_id, self._asked_for = self._asked_for, None
            if search_id is not None:
                await self._answer_match(search_id)
            elif self._acts:
                await self._random.choice(self._possible_actions())()
        self.is_idle.set()

    async def _pause(self) -> None:
        """Wait for some time, or until a match is proposed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._random.expovariate(1 / self._pause_s)):
                await self._is_called.wait()
        self._is_called.clear()

    def _possible_actions(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """Each action as often as its weight."""
        actions = [self._go_offline, self._block]
        party = self._party
        if party is None or self._party_id is None:
            actions += [self._quick_join] * 4 + [self._create] * 2 + [self._join_or_wait] * 4
            actions += [self._answer_invite] * (4 if self._invites else 0)
            return actions + [self._stop_waiting] * (1 if self._waits_in else 0)
        search = party["search"]
        is_searching = search is not None and search["state"] in ("SEARCHING", "PROPOSED")
        actions += (
            [self._leave] * (1 if is_searching else 2)
            + [self._invite] * 2
            + [self._answer_invite] * (1 if self._invites else 0)
        )
        if party["leader"] is not None and party["leader"]["player"]["id"] == self.id:
            actions += [self._cancel_search] * 2 if is_searching else [self._start_search] * 8
            actions += [self._kick, self._lower_seats]
        return actions

    # ---- The actions ------------------------------------------------------------------------------------------------------

    async def _quick_join(self) -> None:
        answer = await self._mutate("QuickJoin", createIfNone=self._settings())
        if answer["__typename"] == "PartyChanged":
            self.records.quick_joins.append(QuickJoin(self.id, answer["party"]["id"], answer["seq"]))

    async def _create(self) -> None:
        await self._mutate("CreateParty", settings=self._settings())

    async def _join_or_wait(self) -> None:
        page = await self._repeat(lambda client: client.run("Browse"))
        nodes = page.get("nodes")
        full = [node for node in nodes if node["freeSeats"] == 0]
        if nodes:
            party = self._random.choice(full or nodes)
            answer = await self._mutate("JoinParty", partyId=party["id"], wait=True)
            if answer["__typename"] == "PartyChanged" and any(p["id"] == self.id for p in answer["party"]["waiting"]):
                self._waits_in = answer["party"]["id"]

    async def _stop_waiting(self) -> None:
        party_id, self._waits_in = self._waits_in, None
        await self._mutate("StopWaiting", partyId=party_id)

    async def _answer_invite(self) -> None:
        invite_id = self._random.choice(list(self._invites))
        if self._random.random() < 0.7:
            await self._mutate("AcceptInvite", inviteId=invite_id, leaveCurrent=True)
        else:
            await self._mutate("DeclineInvite", inviteId=invite_id)

    async def _leave(self) -> None:
        await self._mutate("LeaveParty", partyId=self._party_id)

    async def _invite(self) -> None:
        await self._mutate("InvitePlayer", partyId=self._party_id, playerId=self._somebody())

    async def _block(self) -> None:
        blocked = self._somebody()
        answer = await self._mutate("BlockPlayer", playerId=blocked)
        if answer["__typename"] == "BlocksChanged":
            self.records.blocks.append(Block(self.id, blocked, time.time() * 1000))

    async def _kick(self) -> None:
        others = (
            [m["player"]["id"] for m in self._party["members"] if m["player"]["id"] != self.id] if self._party else []
        )
        if others:
            await self._mutate("KickMember", partyId=self._party_id, playerId=self._random.choice(others))

    async def _lower_seats(self) -> None:
        settings = {"maxMembers": self._random.randint(2, 8)}
        await self._mutate("UpdateParty", partyId=self._party_id, settings=settings)

    async def _start_search(self) -> None:
        criteria = {
            "gameType": "COOP",
            "size": self._random.choice((4, 4, 6, 8)),
            "difficulty": self._random.choice((None, None, None, *DIFFICULTIES)),
            "skill": round(self._random.gauss(1000, SKILL_SPREAD)),
        }
        await self._mutate("StartSearch", partyId=self._party_id, criteria=criteria)

    async def _cancel_search(self) -> None:
        search_id = self._search_id()
        if search_id is not None:
            answer = await self._mutate("CancelSearch", searchId=search_id)
            if answer["__typename"] == "SearchChanged":
                self.records.cancels.append(Cancel(search_id, answer["search"]["state"]))

    async def _answer_match(self, search_id: str) -> None:
        if self._random.random() > ANSWERS_SHARE:
            return
        await asyncio.sleep(self._random.uniform(0, THINK_MAX_S))
        accepts = self._random.random() < ACCEPTS_SHARE
        await self._mutate("AcceptMatch" if accepts else "DeclineMatch", searchId=search_id)

    async def _go_offline(self) -> None:
        """Lose the connection as on a bad network, and come back."""
        self.records.reconnects += 1
        with self._socket.offline():
            await asyncio.sleep(self._random.uniform(0, OFFLINE_MAX_S))

    def _settings(self) -> Answer:
        return {"maxMembers": self._random.choice((2, 3, 4, 8)), "allowLateJoin": True}

    def _search_id(self) -> str | None:
        search = self._party["search"] if self._party is not None else None
        return search["id"] if search is not None else None

    def _somebody(self) -> str:
        while (player_id := self._random.choice(self._crowd)) == self.id:
            pass
        return player_id

    # ---- Requests and streams ---------------------------------------------------------------------------------------------

    async def _mutate(self, operation: str, **fields: Any) -> Answer:
        """The answer, Rejection or not. All repetitions have one idempotency key."""
        self.doing = operation
        key = str(UUID(int=self._random.getrandbits(128), version=4))
        variables = {"input": {**fields, "idempotencyKey": key}}
        answer: Answer = await self._repeat(lambda client: client.run(operation, variables))
        self.doing += ", answered"
        self.records.actions[f"{operation} {answer.get('code') or 'done'}"] += 1
        return answer

    async def _repeat(self, request: Callable[[SocketClient], Awaitable[Any]]) -> Any:
        """Send a request until it is answered."""
        ends_at = time.monotonic() + ANSWER_WAIT_S
        attempts: Counter[str] = Counter()
        while True:
            step = "no connection"
            try:
                client = await self._socket.client()
                step = "no answer"
                answer = await request(client)
                step = "UNAVAILABLE"
            except (NoAnswer, TimeoutError):
                answer = None
            except RequestFailed as failure:
                step = failure.code or "failed"
                if failure.code not in ("UNAVAILABLE", "RATE_LIMITED"):
                    self.records.faults.append(f"a request of {self.id} failed: {failure}")
                    return {"__typename": "Failed", "code": failure.code}
                answer = None
            if answer is not None and not (isinstance(answer, dict) and answer.get("code") == "UNAVAILABLE"):
                return answer
            attempts[step] += 1
            if time.monotonic() > ends_at:
                tried = ", ".join(f"{count} times {name}" for name, count in attempts.items())
                self.records.faults.append(f"{self.id} got no answer within {ANSWER_WAIT_S:g} s: {tried}")
                return {"__typename": "Failed", "code": "NO_ANSWER"}
            await asyncio.sleep(RETRY_S)

    async def _follow_inbox(self) -> None:
        cursor: str | None = None
        while True:
            try:
                client = await self._socket.client()
                async with aclosing(client.subscribe("Inbox", {"after": cursor})) as frames:
                    async for payload in frames:
                        frame = only_field(payload)
                        cursor = frame["cursor"]
                        self._take(frame)
            except (NoAnswer, TimeoutError):
                continue
            except RequestFailed as failure:
                self.records.faults.append(f"the inbox of {self.id} failed: {failure}")
                await asyncio.sleep(RETRY_S)

    def _take(self, frame: Answer) -> None:
        kind = frame["__typename"]
        self.is_connected.set()
        if kind == "InboxHeartbeat":
            self._pause_before_reconnecting(frame)
            return
        self._seen.append(frame)
        if kind == "InboxSnapshot":
            self._invites = {invite["id"]: invite["id"] for invite in frame["invites"]}
            self._enter(frame["party"])
        elif kind == "MembershipChanged":
            self._enter(frame["party"])
        elif kind == "InviteUpdated":
            invite = frame["invite"]
            self._invites.pop(invite["id"], None)
            if invite["state"] == "PENDING":
                self._invites[invite["id"]] = invite["id"]

    def _enter(self, party: Answer | None) -> None:
        party_id = party["id"] if party is not None else None
        if party_id is not None:
            self._waits_in = None
        if party_id != self._party_id:
            self._party_id, self._party = party_id, None
            self._party_id_changed.set()

    async def _follow_parties(self) -> None:
        while True:
            self._party_id_changed.clear()
            if self._party_id is None:
                await self._party_id_changed.wait()
                continue
            follow = asyncio.create_task(self._follow_party(self._party_id))
            changed = asyncio.create_task(self._party_id_changed.wait())
            try:
                await asyncio.wait([follow, changed], return_when=asyncio.FIRST_COMPLETED)
            finally:
                follow.cancel()
                changed.cancel()
                await asyncio.wait([follow, changed])

    async def _follow_party(self, party_id: str) -> None:
        """Follow until the server ends the stream because the player is no longer in the party."""
        cursor: str | None = None
        while True:
            try:
                client = await self._socket.client()
                async with aclosing(client.subscribe("Watch", {"partyId": party_id, "after": cursor})) as frames:
                    async for payload in frames:
                        frame = only_field(payload)
                        cursor = frame["cursor"]
                        if frame["__typename"] == "Heartbeat":
                            self._pause_before_reconnecting(frame)
                        if frame["__typename"] == "Removed":
                            return
                        if self._party_id == party_id:
                            self._see(frame["party"])
            except (NoAnswer, TimeoutError):
                continue
            except RequestFailed:
                await asyncio.sleep(RETRY_S)  # NOT_FOUND: the inbox will say where the player is
                return
            await asyncio.sleep(RETRY_S)

    def _see(self, party: Answer) -> None:
        """Take over the state of the own party."""
        old = self._party["search"] if self._party is not None else None
        self._party, search = party, party["search"]
        was_asked = old is not None and old["state"] == "PROPOSED"
        if search is not None and search["state"] == "PROPOSED" and not was_asked:
            self._asked_for = search["id"]
            self._is_called.set()

    def _pause_before_reconnecting(self, heartbeat: Answer) -> None:
        if heartbeat["reconnectAfterMs"] is not None:
            self._socket.return_after_s = heartbeat["reconnectAfterMs"] / 1000
