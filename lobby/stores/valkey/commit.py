"""Executes the plan of a commit: in one call if all of it lies in one partition, else with claims first."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from typing import Any

from lobby.domain.sizes import party_bytes
from lobby.ports import Change, Conflict, Unavailable
from lobby.runtime.background import BackgroundTasks
from lobby.stores.codec import read_party
from lobby.stores.valkey.claims import ClaimRepair
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.commit_plan import CommitPlan
from lobby.stores.valkey.multi_party_commit import STATUS_EVERY_S, MultiPartyCommit, intent_id
from lobby.stores.valkey.party_cache import CachedParty, PartyCache
from lobby.stores.valkey.pending_states import PendingState, PendingStates
from lobby.stores.valkey.scripts import CLAIM, COMMIT, GIVE_BACK, UNDO_CLAIMS, Script

log = logging.getLogger(__name__)

GIVE_BACK_WAIT_S = 10.0
"""When the store closes, it waits this long for claims that are still being given back. Each call has its own, shorter bound."""

TURN_WAIT_S = 0.5
"""A commit that locks a party waits this long for another one, before it gives its lock up."""


class Committer:
    """Commits plans. Each step raises `Conflict` or `Unavailable`."""

    def __init__(
        self,
        client: ValkeyClient,
        cache: PartyCache,
        pending: PendingStates,
        multi_party: MultiPartyCommit,
        repair: ClaimRepair,
    ) -> None:
        self._client = client
        self._cache = cache
        self._pending = pending
        self._multi_party = multi_party
        self._repair = repair
        self._give_backs = BackgroundTasks()
        """Claims that commits have given up. What is not given back is repaired by the next node that meets it."""

    async def commit(self, plan: CommitPlan, changes: Sequence[Change]) -> None:
        """`changes`: those that were planned. While a commit locks a party, no command is decided on its states: another commit
        would find the party locked."""
        if plan.partitions_to_prepare:
            for change in changes:
                await self._pending.wait_sent(change.after.id)
            await self._commit_over_partitions(plan, ())
            return
        added = [self._pending.add(change, plan.id) for change in changes]
        states = [state for state in added if state is not None]
        try:
            if len(plan.partitions) > 1:
                await self._commit_over_partitions(plan, states)
            else:
                await _wait_turn_to_send(states)
                for partition in plan.partitions:
                    await self._check(partition, await self._decide(plan, partition))
            for state in states:
                await state.wait_previous()
        except BaseException:
            for state in states:
                self._pending.remove_failed(state)
            raise
        for state in states:
            self._pending.remove(state)

    async def close(self) -> None:
        await self._give_backs.wait(GIVE_BACK_WAIT_S)

    async def _commit_over_partitions(self, plan: CommitPlan, states: Sequence[PendingState]) -> None:
        """`states`: those that the commit will make. After `Unavailable` it is unknown whether the commit stands. The claims
        stay, and are resolved when they are met."""
        decider = plan.homes[-1]
        blocking_intent: bytes | None = None
        plan.partitions[decider].fenced = True
        try:
            await self._claim(plan, decider)
            await _wait_turn_to_send(states)
            reply = await self._prepare_and_decide(plan, decider)
            if reply[0] == b"locked":
                blocking_intent = reply[2]
                raise Conflict("locked")
            await self._check(decider, reply)
        except Conflict:
            if plan.partitions_to_prepare:
                await self._multi_party.give_up(plan)
            await self._run_except_at(decider, UNDO_CLAIMS, plan)
            if blocking_intent is not None:  # nobody waits for this commit any more, so it may wait for the other one
                await self._multi_party.resolve(blocking_intent, wait=True)
            raise
        if plan.partitions_to_prepare:
            await self._finish_prepared(plan)
        self._give_backs.start(_log_failure(self._run_except_at(decider, GIVE_BACK, plan)), "give back claims")

    async def _prepare_and_decide(self, plan: CommitPlan, decider: int) -> Any:
        """The reply of the last script that was called."""
        if not plan.partitions_to_prepare:
            return await self._decide(plan, decider)
        reply = await self._multi_party.prepare(plan, plan.partitions[decider].now)
        if reply[0] != b"done":
            return reply
        reply = await self._decide(plan, decider)
        return await self._wait_for_turn(plan, decider, reply) if reply[0] == b"locked" else reply

    async def _wait_for_turn(self, plan: CommitPlan, decider: int, reply: Any) -> Any:
        """A party that decides is locked by another commit, which may wait for a party that this one locks.

        The commit with the greater id gives up at once, so that no commits wait for each other forever. The other commit waits
        until then. Returns the last reply of lua/commit.lua: still locked, if this commit has to give up.
        """
        give_up_at = time.monotonic() + TURN_WAIT_S
        while reply[0] == b"locked" and plan.id < intent_id(reply[2]) and time.monotonic() < give_up_at:
            await asyncio.sleep(STATUS_EVERY_S)
            reply = await self._decide(plan, decider)
        return reply

    async def _claim(self, plan: CommitPlan, decider: int) -> None:
        """Take all claims outside the partition that decides, in parallel."""
        claiming = [number for number, part in plan.partitions.items() if number != decider and part.takes_claims]
        calls = (self._client.run(CLAIM, number, plan.partitions[number].to_json()) for number in claiming)
        for number, reply in zip(claiming, await asyncio.gather(*calls), strict=True):
            await self._check(number, reply)

    async def _decide(self, plan: CommitPlan, partition: int) -> Any:
        part = plan.partitions[partition]
        blobs = (blob for change in part.parties for blob in plan.blobs[change.id])
        return await self._client.run(COMMIT, partition, part.to_json(), *blobs)

    async def _finish_prepared(self, plan: CommitPlan) -> None:
        """The commit stands. If one of the other parties can't be written now, the next node that reads it does so."""
        try:
            await self._multi_party.finish(plan)
        except Unavailable as error:
            log.warning(
                "the change of another party of the commit is not written yet, its next reader does it: %s", error
            )

    async def _run_except_at(self, decider: int, script: Script, plan: CommitPlan) -> None:
        """Run `script` in each partition where it has something to do, except the partition that decides."""
        gives_back = script is GIVE_BACK
        # lua/finish_intent.lua has given the claims back in the partitions of the parties with an intent
        finished = plan.partitions_to_prepare if gives_back else ()
        parts = [
            (number, part)
            for number, part in plan.partitions.items()
            if number != decider
            and number not in finished
            and (part.gives_back_claims if gives_back else part.takes_claims)
        ]
        await asyncio.gather(*(self._client.run(script, number, part.to_json()) for number, part in parts))

    async def _check(self, partition: int, reply: Any) -> None:
        """Return if the script was done. Else cache the state that it found or repair the claim, and raise `Conflict`."""
        result = reply[0]
        if result == b"done":
            return
        if result == b"conflict":
            self._cache_state(reply[1].decode(), reply[3].decode(), reply[4])
        elif result == b"locked":
            await self._multi_party.resolve(reply[2], wait=True)
        elif result == b"taken" and reply[1] != b"block" and self._client.partitions.count > 1:
            await self._repair.repair(partition, reply[1].decode(), reply[2].decode(), reply[3])
        raise Conflict(result.decode())

    def _cache_state(self, party_id: str, commit_id: str, state: bytes) -> None:
        if state:
            party = read_party(state.decode())
            self._cache.put(party_id, CachedParty(party, commit_id), party_bytes(party))
        else:
            self._cache.pop(party_id)


async def _wait_turn_to_send(states: Sequence[PendingState]) -> None:
    """Return in the turn of the event loop in which the caller then sends the call that decides."""
    for state in states:
        await state.wait_previous_sent()
    for state in states:
        state.mark_sent()


async def _log_failure(work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except Unavailable as error:
        log.warning("claims are not given back yet, a node that meets them repairs them: %s", error)
