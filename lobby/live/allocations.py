"""Finds an endpoint for every session whose countdown is over.

All that must survive this process is in the party: that it is STARTING, until when, and what was allocated. Whatever was
under way when a process died is begun again by the next one, or by another node, for the same session id.
"""

from __future__ import annotations

import asyncio
import logging

from lobby.domain.commands import BeginSession, GiveUpAllocation
from lobby.domain.model import Party
from lobby.domain.rejections import Rejection
from lobby.domain.values import PartyId, PartyState, SessionId
from lobby.live.backoff import FIRST_S, after_pause
from lobby.live.releases import Releases
from lobby.ports import Allocator, EndedRun, NoPlace, NoPlaceYet, Unavailable
from lobby.service import Lobby

log = logging.getLogger(__name__)

RUNNING_MAX = 1_000
"""Allocations at once; a countdown that ends meanwhile comes again a few seconds later."""


class Allocations:
    """At most one allocation a session on this node. Several nodes may ask for the same one; allocators tell by its id."""

    def __init__(self, lobby: Lobby, allocator: Allocator) -> None:
        self._lobby = lobby
        self._allocator = allocator
        self._running: dict[SessionId, asyncio.Task[None]] = {}
        self._releases = Releases(lobby, allocator, self._stopped)

    async def open(self) -> None:
        await self._releases.open()

    async def close(self) -> None:
        """What is under way is begun again by the next process."""
        for task in self._running.values():
            task.cancel()
        if self._running:
            await asyncio.wait(self._running.values())
        await self._releases.close()

    def begin(self, party: Party) -> None:
        """The countdown of `party` is over. Asked again while it is under way, nothing more happens."""
        session = party.session
        if session is None or session.id in self._running or len(self._running) >= RUNNING_MAX:
            return
        task = asyncio.create_task(self._allocate(party.id, session.id), name="allocation")
        self._running[session.id] = task
        task.add_done_callback(lambda _: self._running.pop(session.id, None))

    async def _allocate(self, party_id: PartyId, session_id: SessionId) -> None:
        try:
            await self._until_begun(party_id, session_id)
        except Unavailable:
            log.warning("the session %s can't begin now; it is tried again", session_id)
        except Exception:
            log.exception("the allocation for session %s failed; it is tried again", session_id)

    async def _until_begun(self, party_id: PartyId, session_id: SessionId) -> None:
        """Until the session runs, or is no longer waited for. That it takes too long, the rules say."""
        pause_s = FIRST_S
        while (party := await self._waiting(party_id, session_id)) is not None:
            try:
                await self._begun(party, session_id)
                return
            except NoPlace as no:
                log.error("no endpoint for session %s: %s", session_id, no)
                await self._lobby.execute(party_id, GiveUpAllocation(session_id))
                return
            except NoPlaceYet as no:
                if pause_s == FIRST_S:  # once for each session
                    log.warning("no endpoint for session %s yet: %s", session_id, no)
                pause_s = await after_pause(pause_s, no.retry_after_s)

    async def _waiting(self, party_id: PartyId, session_id: SessionId) -> Party | None:
        """The party as it stands, while it still waits for an endpoint of this session."""
        party = await self._lobby.store.newest(party_id)
        if party is None or party.session is None or party.session.id != session_id:
            return None
        return party if party.state is PartyState.STARTING else None

    async def _begun(self, party: Party, session_id: SessionId) -> None:
        async with self._allocator.place(party) as place:
            begin = BeginSession(session_id, place.endpoint, place.name)
            outcome = await self._lobby.execute(party.id, begin)
        if isinstance(outcome, Rejection):
            raise NoPlaceYet(outcome.message)
        session = outcome.party.session
        if session is None or session.id != session_id:
            self._releases.tell(EndedRun(session_id, party.id))  # it was called off while a place was found

    async def _stopped(self, session_id: SessionId) -> None:
        asking = self._running.get(session_id)
        if asking is not None:
            asking.cancel()
            await asyncio.wait([asking])
