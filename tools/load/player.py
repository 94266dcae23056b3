"""One player of a load test. It acts as people do in a lobby, with pauses in between, and follows its party."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from tools.demo.answers import Answer, RequestFailed
from tools.demo.bot import Follower
from tools.load.connection import PlayerConnection, Server, error_code
from tools.load.figures import Figures

AWAY_MAX_S = 3.0
LIST_PAGE = 20
MEMBERS = (2, 3, 4, 4, 4, 8)
ANY_CLASSES = ("Knight", "Mage", "Rogue", "Cleric")
SENTENCES = ("Hello!", "Ready when you are.", "Who has the map?", "One more, please.", "Wait for me.", "Good game!")
RECONNECTS_SHARE = 0.03
"""The share of actions that is a lost connection."""

Action = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Board:
    """Known to all players of a run, as among friends: the codes of parties with free seats, by the party's id."""

    classes: Sequence[str] = ANY_CLASSES
    codes: dict[str, str] = field(default_factory=dict)

    def show(self, party: Answer) -> None:
        """Note whether somebody can join this party now."""
        if party["state"] == "WAITING" and party["freeSeats"] and party["joinCode"]:
            self.codes[party["id"]] = party["joinCode"]
        else:
            self.codes.pop(party["id"], None)


class Player:
    """`pause_s`: the mean time between two actions."""

    def __init__(
        self,
        credentials: Answer,
        server: Server,
        figures: Figures,
        board: Board,
        random: Random,
        pause_s: float,
    ) -> None:
        self.id: str = credentials["player"]["id"]
        self._connection = PlayerConnection(server, credentials, figures, random)
        self._server = server
        self._figures = figures
        self._board = board
        self._random = random
        self._pause_s = pause_s
        self._party: Answer | None = None
        self._following: asyncio.Task[None] | None = None
        self._joined_at_ms = 0.0
        self._stop = asyncio.Event()

    async def live(self) -> None:
        """Play until `leave_soon`, then leave the party."""
        helpers = [
            asyncio.create_task(self._connection.keep_open()),
            asyncio.create_task(self._connection.keep_signed_in()),
        ]
        try:
            await self._act()
        finally:
            if self._following is not None:
                helpers.append(self._following)
            for helper in helpers:
                helper.cancel()
            await asyncio.wait(helpers)

    def leave_soon(self) -> None:
        """Finish the action that is under way, leave the party and disconnect."""
        self._stop.set()

    async def _act(self) -> None:
        await self._look_at_own_party()
        while not await self._pause():
            if self._random.random() < RECONNECTS_SHARE:
                await self._connection.reconnect(self._random.uniform(0, AWAY_MAX_S))
            else:
                await self._random.choice(self._possible_actions())()
        if self._party is not None:
            await self._leave()

    async def _pause(self) -> bool:
        """Wait for some time. True if the player has to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._random.expovariate(1 / self._pause_s)):
                await self._stop.wait()
        return self._stop.is_set()

    def _possible_actions(self) -> Sequence[Action]:
        """Each action as often as its weight."""
        party = self._party
        if party is None:
            return [self._join_from_list] * 3 + [self._quick_join] * 3 + [self._join_by_code] * 2 + [self._create] * 2
        actions: list[Action] = [self._chat, self._chat, self._chat, self._look_at_own_party]
        if party["state"] == "WAITING":
            own, others = self._split(party)
            actions += [self._choose_class, self._leave]
            if own is not None and own["isLeader"]:
                actions += [self._change_settings]
                actions += [self._start] * 8 if others and all(member["ready"] for member in others) else []
            elif own is not None and not own["ready"]:
                actions += [self._get_ready] * 6
        elif party["state"] == "IN_PROGRESS" and self._is_leader(party):
            actions += [self._complete] * 3
        return actions

    def _split(self, party: Answer) -> tuple[Answer | None, list[Answer]]:
        """The own seat, if the party has one, and the others."""
        own = next((member for member in party["members"] if member["player"]["id"] == self.id), None)
        return own, [member for member in party["members"] if member is not own]

    def _is_leader(self, party: Answer) -> bool:
        own, _ = self._split(party)
        return own is not None and bool(own["isLeader"])

    # ---- Without a party ------------------------------------------------------------------------------------------------

    async def _join_from_list(self) -> None:
        page = await self._connection.query("Parties", first=LIST_PAGE, filter={"minFreeSeats": 1, "state": "WAITING"})
        if page is not None and page["nodes"]:
            await self._enter("JoinById", partyId=self._random.choice(page["nodes"])["id"])

    async def _quick_join(self) -> None:
        await self._enter("QuickJoin", createIfNone=self._settings())

    async def _join_by_code(self) -> None:
        if self._board.codes:
            await self._enter("JoinByCode", joinCode=self._random.choice(list(self._board.codes.values())))

    async def _create(self) -> None:
        await self._enter("CreateParty", settings=self._settings())

    def _settings(self) -> Answer:
        return {"maxMembers": self._random.choice(MEMBERS), "countdownSeconds": 3}

    async def _enter(self, operation: str, **fields: object) -> None:
        answer = await self._connection.mutate(operation, **fields)
        if answer is not None:
            self._follow(answer["party"])

    async def _look_at_own_party(self) -> None:
        """The requests of a game when it starts, and after a long pause."""
        party = await self._connection.query("MyParty")
        if party is not None and self._party is None:
            self._follow(party)

    # ---- In a party -----------------------------------------------------------------------------------------------------

    async def _chat(self) -> None:
        await self._in_party("PostMessage", text=self._random.choice(SENTENCES))

    async def _choose_class(self) -> None:
        await self._in_party("UpdateMember", characterClass=self._random.choice(self._board.classes))

    async def _get_ready(self) -> None:
        if self._party is not None:
            await self._in_party("SetReady", ready=True, settingsVersion=self._party["settings"]["version"])

    async def _change_settings(self) -> None:
        await self._in_party("UpdateParty", settings={"allowLateJoin": self._random.random() < 0.5})

    async def _start(self) -> None:
        await self._in_party("StartSession")

    async def _complete(self) -> None:
        session = self._party["session"] if self._party is not None else None
        if session is not None:
            await self._connection.mutate("CompleteSession", sessionId=session["id"], outcome="won")

    async def _leave(self) -> None:
        await self._in_party("LeaveParty")
        self._forget()

    async def _in_party(self, operation: str, **fields: object) -> None:
        if self._party is not None:
            await self._connection.mutate(operation, partyId=self._party["id"], **fields)

    # ---- The stream -----------------------------------------------------------------------------------------------------

    def _follow(self, party: Answer) -> None:
        self._forget()
        self._party = party
        self._board.show(party)
        self._joined_at_ms = self._server.now_ms()
        self._following = asyncio.create_task(self._keep_following(party["id"], party["cursor"]))

    async def _keep_following(self, party_id: str, cursor: str) -> None:
        follower = Follower(self._connection.socket, party_id, cursor, self._on_frame)
        while True:
            try:
                await follower.run()
            except TimeoutError:
                continue  # no connection for 20 s: the errors of the socket are counted where it is opened
            except RequestFailed as error:
                self._figures.add_error("WatchParty", error_code(error))
            break
        if self._party is not None and self._party["id"] == party_id:
            self._party = None

    def _forget(self) -> None:
        if self._party is not None:
            self._board.codes.pop(self._party["id"], None)
        self._party = None
        if self._following is not None:
            self._following.cancel()
            self._following = None

    async def _on_frame(self, event: Answer) -> None:
        kind: str = event["__typename"]
        if kind == "Removed":
            return
        self._party = event["party"]
        self._board.show(event["party"])
        if kind == "PartySnapshot":
            self._figures.snapshots[event["reason"]] += 1
            return
        at_ms = datetime.fromisoformat(event["at"]).timestamp() * 1000
        is_live = at_ms > max(self._connection.opened_at_ms, self._joined_at_ms)
        self._figures.add_event(kind, self._server.now_ms() - at_ms if is_live else None)
