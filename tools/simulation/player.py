"""A player of the simulation: what it knows from its inbox and the stream of its party, and how it sends requests."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any
from uuid import UUID

from tools.demo.answers import Answer, NoAnswer, RequestFailed
from tools.simulation.connection import Connection, PlayerSocket, Stream
from tools.simulation.pace import Pace
from tools.simulation.records import Records

ANSWER_WAIT_S = 120.0
"""The time within which every mutation must be answered, with all repetitions. Servers are killed and started in this time."""
RETRY_S = 0.5

OpenSocket = Callable[[Callable[[Connection], None]], PlayerSocket]
"""Makes the socket of a player, which calls the argument with each connection."""


class Player:
    """The follower of an inbox and of a party."""

    def __init__(self, player: Answer, socket: OpenSocket, records: Records, pace: Pace, random: Random) -> None:
        self.id: str = player["id"]
        self.records = records
        self.pace = pace
        self.random = random
        self.socket = socket(self._on_open)
        self.party_id: str | None = None
        self.party: Answer | None = None
        """The own party as the player has seen it last."""
        self.waits_in: str | None = None
        self.seat_in: str | None = None
        """The party in which a seat is held for the player, who has not thought about it yet."""
        self.asked_for: str | None = None
        """The search to which a match is proposed that the player has not answered."""
        self.invites: set[str] = set()
        """The ids of the pending invites to the player."""
        self.sent_invites: list[str] = []
        """The ids of the invites to its party that the player has made."""
        self.is_called = asyncio.Event()
        """Set when the player has something to answer."""
        self.is_connected = asyncio.Event()
        """Set by the first frame of the inbox."""
        self.doing = ""
        """The request that is on its way, for the report."""
        self.was_cut = False
        self._inbox_cursor: str | None = None
        self._party_cursor: str | None = None
        self._party_stream: str | None = None
        """The id of the stream of its party in the current connection."""
        self._seen = records.inboxes.setdefault(self.id, [])

    async def mutate(self, operation: str, name: str = "", /, **fields: Any) -> Answer:
        """The answer, Rejection or not. All repetitions have one idempotency key. `name`: what the report calls it."""
        name = name or operation
        self.doing = name
        key = str(UUID(int=self.random.getrandbits(128), version=4))
        variables = {"input": {**fields, "idempotencyKey": key}}
        answer = await self.repeat(name, lambda connection: connection.run(operation, variables))
        self.doing += ", answered"
        self.records.actions[f"{name} {answer.get('code') or 'done'}"] += 1
        return answer

    async def repeat(self, name: str, request: Callable[[Connection], Awaitable[Answer]]) -> Answer:
        """Send a request until it is answered."""
        ends_at = time.monotonic() + ANSWER_WAIT_S
        attempts: Counter[str] = Counter()
        while True:
            step = "no connection"
            try:
                connection = await self.socket.wait_open()
                step = "no answer"
                began_at = time.monotonic()
                answer = await request(connection)
                self.pace.note_answer(time.monotonic() - began_at)
                step = "UNAVAILABLE"
            except TimeoutError:
                answer = None
                if step == "no answer":
                    self.pace.note_answer(time.monotonic() - began_at)
            except NoAnswer:
                answer = None
            except RequestFailed as failure:
                self.records.faults.append(f"{name} of {self.id} failed: {failure}")
                return {"__typename": "Failed", "code": failure.code}
            if answer is not None and answer.get("code") not in ("UNAVAILABLE", "RATE_LIMITED"):
                return answer
            attempts[step] += 1
            if time.monotonic() > ends_at:
                tried = ", ".join(f"{count} times {name}" for name, count in attempts.items())
                self.records.late.append(f"{self.id} got no answer within {ANSWER_WAIT_S:g} s: {tried}")
                return {"__typename": "Failed", "code": "NO_ANSWER"}
            await asyncio.sleep(RETRY_S)

    def _on_open(self, connection: Connection) -> None:
        """Follow the inbox and the party from where the last connection ended."""
        if self.was_cut:
            self.was_cut = False
            self.records.actions["returned"] += 1
        self._follow_inbox(connection)
        self._party_stream = None
        self._follow_party()

    def _follow_inbox(self, connection: Connection) -> None:
        def end(failure: RequestFailed | None) -> None:
            if failure is not None:
                self.records.faults.append(f"the inbox of {self.id} failed: {failure}")
            asyncio.get_running_loop().call_later(RETRY_S, self._follow_inbox_again, connection)

        connection.follow("Inbox", {"after": self._inbox_cursor}, Stream(self._take, end))

    def _follow_inbox_again(self, connection: Connection) -> None:
        if self.socket.connection is connection:
            self._follow_inbox(connection)

    def _take(self, frame: Answer) -> None:
        kind = frame["__typename"]
        self._inbox_cursor = frame["cursor"]
        self.is_connected.set()
        if kind == "InboxHeartbeat":
            self._pause_before_reconnecting(frame)
            return
        self._seen.append(frame)
        if kind == "InboxSnapshot":
            self.invites = {invite["id"] for invite in frame["invites"]}
            self._enter(frame["party"])
        elif kind == "MembershipChanged":
            self._enter(frame["party"])
        elif kind == "InviteUpdated":
            invite = frame["invite"]
            self.invites.discard(invite["id"])
            if invite["state"] == "PENDING":
                self.invites.add(invite["id"])
        elif kind == "WaitingUpdated":
            self._wait(frame)

    def _wait(self, frame: Answer) -> None:
        party_id = frame["party"]["id"]
        if frame["isWaiting"]:
            self.waits_in = party_id
        elif frame["heldUntil"] is not None:
            self.seat_in = party_id
            self.records.actions["a seat is held"] += 1
            self.is_called.set()
        else:
            self.waits_in = self.seat_in = None

    def _enter(self, party: Answer | None) -> None:
        party_id = party["id"] if party is not None else None
        if party_id is not None:
            self.waits_in = self.seat_in = None
        if party_id != self.party_id:
            self.party_id, self.party, self._party_cursor = party_id, None, None
            self.sent_invites.clear()
            self._follow_party()

    def _follow_party(self) -> None:
        """Follow until the server ends the stream because the player is no longer in the party."""
        connection = self.socket.connection
        if connection is None:
            return
        if self._party_stream is not None:
            connection.unfollow(self._party_stream)
            self._party_stream = None
        party_id = self.party_id
        if party_id is None:
            return

        def see(frame: Answer) -> None:
            if self.party_id != party_id:
                return
            self._party_cursor = frame["cursor"]
            if frame["__typename"] == "Heartbeat":
                self._pause_before_reconnecting(frame)
            if frame["__typename"] != "Removed":
                self._see(frame["party"])

        def end(failure: RequestFailed | None) -> None:
            """NOT_FOUND: the inbox will say where the player is."""
            self._party_stream = None
            asyncio.get_running_loop().call_later(RETRY_S, follow_again)

        def follow_again() -> None:
            if self.party_id == party_id and self._party_stream is None and self.socket.connection is connection:
                self._follow_party()

        variables = {"partyId": party_id, "after": self._party_cursor}
        self._party_stream = connection.follow("Watch", variables, Stream(see, end))

    def _see(self, party: Answer) -> None:
        """Take over the state of its party."""
        old = self.party["search"] if self.party is not None else None
        self.party, search = party, party["search"]
        if party["freeSeats"] == 0 and party["state"] != "CLOSED":
            self.records.full_parties[party["id"]] = None
        else:
            self.records.full_parties.pop(party["id"], None)
        was_asked = old is not None and old["state"] == "PROPOSED"
        if search is not None and search["state"] == "PROPOSED" and not was_asked:
            self.asked_for = search["id"]
            self.is_called.set()

    def _pause_before_reconnecting(self, heartbeat: Answer) -> None:
        if heartbeat["reconnectAfterMs"] is not None:
            self.socket.return_after_s = heartbeat["reconnectAfterMs"] / 1000
