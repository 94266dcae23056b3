"""How a commit comes to be: in one call where all of it lies in one partition, else by claims first."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from lobby.ports import Conflict, Unavailable
from lobby.stores.codec import read_party
from lobby.stores.valkey.halves import Halves
from lobby.stores.valkey.healing import Healing
from lobby.stores.valkey.known import Known, KnownParties
from lobby.stores.valkey.link import Link
from lobby.stores.valkey.plan import Plan
from lobby.stores.valkey.scripts import CLAIM, COMMIT, GIVE_BACK, UNCLAIM, Script

log = logging.getLogger(__name__)


class Commits:
    """Each method raises `Conflict` or `Unavailable`."""

    def __init__(self, link: Link, known: KnownParties, halves: Halves, healing: Healing) -> None:
        self._link = link
        self._known = known
        self._halves = halves
        self._healing = healing
        self._behind: set[asyncio.Task[None]] = set()
        """What follows commits that stand; should it not come to that, it is healed when somebody meets it."""

    async def make(self, plan: Plan) -> None:
        if len(plan.groups) > 1:
            await self._make_apart(plan)
            return
        for partition in plan.groups:
            await self._judge(partition, await self._decide(plan, partition))

    async def close(self) -> None:
        if self._behind:
            await asyncio.wait(self._behind)

    async def _make_apart(self, plan: Plan) -> None:
        """Not known to stand after `Unavailable`: what was claimed is left for whoever meets it, and then it is known."""
        decider = plan.homes[-1]
        is_halved = plan.homes[0] != decider
        plan.groups[decider].fenced = True
        try:
            await self._claim(plan, decider)
            if is_halved:
                await self._judge(plan.homes[0], await self._halves.prepare(plan, plan.groups[decider].now))
            await self._judge(decider, await self._decide(plan, decider))
        except Conflict:
            if is_halved:
                await self._halves.end(plan, stands=False)
            await self._everywhere_but(decider, UNCLAIM, plan)
            raise
        if is_halved:
            await self._end(plan)
        self._follow(self._everywhere_but(decider, GIVE_BACK, plan))

    async def _claim(self, plan: Plan, decider: int) -> None:
        """All claims that are not where the commit is decided, side by side."""
        claiming = [number for number, group in plan.groups.items() if number != decider and group.takes]
        asking = (self._link.run(CLAIM, number, plan.groups[number].text()) for number in claiming)
        for number, answer in zip(claiming, await asyncio.gather(*asking), strict=True):
            await self._judge(number, answer)

    async def _decide(self, plan: Plan, partition: int) -> Any:
        group = plan.groups[partition]
        blobs = (blob for change in group.parties for blob in plan.blobs[change.id])
        return await self._link.run(COMMIT, partition, group.text(), *blobs)

    async def _end(self, plan: Plan) -> None:
        """The commit stands. If its other half can't be written now, whoever reads that party next does it."""
        try:
            await self._halves.end(plan, stands=True)
        except Unavailable as error:
            log.warning("the half of a commit is left to others: %s", error)

    async def _everywhere_but(self, decider: int, script: Script, plan: Plan) -> None:
        """`script` in each partition that it has something to do in."""
        gives_back = script is GIVE_BACK
        halved = plan.homes[0] if gives_back and plan.homes[0] != decider else None  # lua/finish.lua has done it there
        groups = [
            (number, group)
            for number, group in plan.groups.items()
            if number not in (decider, halved) and (group.gives_back if gives_back else group.takes)
        ]
        await asyncio.gather(*(self._link.run(script, number, group.text()) for number, group in groups))

    def _follow(self, work: Coroutine[None, None, None]) -> None:
        async def quietly() -> None:
            try:
                await work
            except Unavailable as error:
                log.warning("claims are left to be healed: %s", error)

        task = asyncio.create_task(quietly(), name="after a commit")
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)

    async def _judge(self, partition: int, answer: Any) -> None:
        """Returns if it was done. What is there instead is known from then on, and put right where it was left over."""
        word = answer[0]
        if word == b"done":
            return
        if word == b"conflict":
            self._learn(answer[1].decode(), answer[3].decode(), answer[4])
        elif word == b"locked":
            await self._halves.resolve(answer[2], wait=True)
        elif word == b"taken" and self._link.partitions.count > 1:
            await self._healing.heal(partition, answer[1].decode(), answer[2].decode(), answer[3])
        raise Conflict(word.decode())

    def _learn(self, party_id: str, nonce: str, state: bytes) -> None:
        if state:
            self._known.keep(Known(read_party(state.decode()), nonce))
        else:
            self._known.forget(party_id)
