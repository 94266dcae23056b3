"""How a commit comes to be: in one call where all of it lies in one partition, else by claims first."""

from __future__ import annotations

from typing import Any

from lobby.domain.values import PartyId
from lobby.ports import Conflict, Unavailable
from lobby.stores.codec import read_party
from lobby.stores.valkey.known import Known, KnownParties
from lobby.stores.valkey.link import Link
from lobby.stores.valkey.plan import Group, Plan
from lobby.stores.valkey.scripts import COMMIT


class Commits:
    def __init__(self, link: Link, known: KnownParties) -> None:
        self._link = link
        self._known = known

    async def make(self, plan: Plan) -> None:
        """Raises `Conflict`, `Unavailable`."""
        for partition, group in plan.groups.items():
            self.judge(await self.ask(partition, group, plan))

    async def ask(self, partition: int, group: Group, plan: Plan) -> Any:
        """The answer of lua/commit.lua."""
        blobs = (blob for change in group.parties for blob in plan.blobs[change.id])
        return await self._link.run(COMMIT, partition, group.text(), *blobs)

    def judge(self, answer: Any) -> None:
        """Returns if the commit stands. Raises `Conflict`; what is there instead is known from then on."""
        word = answer[0]
        if word == b"done":
            return
        if word == b"conflict":
            self._learn(answer[1].decode(), answer[3].decode(), answer[4])
            raise Conflict("the party has changed")
        if word == b"taken":
            raise Conflict(f"taken: {answer[1].decode()}")
        raise Unavailable(f"the commit was called off: {word.decode()}")

    def _learn(self, party_id: PartyId, nonce: str, state: bytes) -> None:
        if state:
            self._known.keep(Known(read_party(state.decode()), nonce))
        else:
            self._known.forget(party_id)
