"""Finds an endpoint for every session whose countdown is over, and gives back what was found once the run is.

All that must survive this process is in the party: that it is STARTING, until when, and what was allocated. Whatever was
under way when a process died is begun again by the next one, or by another node, for the same session id.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Coroutine
from contextlib import suppress

from lobby.domain.commands import BeginSession, GiveUpAllocation
from lobby.domain.events import CountdownCancelled, SessionEnded
from lobby.domain.listing import SessionFilter
from lobby.domain.model import Party, Session
from lobby.domain.rejections import Rejection
from lobby.domain.values import Instant, PartyId, PartyState, SessionId, SessionStatus
from lobby.ports import Allocator, Change, EndedRun, NoPlace, NoPlaceYet, SessionQuery, Unavailable
from lobby.service import Lobby

log = logging.getLogger(__name__)

RUNNING_MAX = 1_000
"""Allocations at once; a countdown that ends meanwhile comes again a few seconds later."""
RELEASES_MAX = 10_000
"""Endings that wait to be told; past them a game server finds out by its next heartbeat alone."""
PAUSE_FIRST_S, PAUSE_MAX_S = 0.25, 4.0
RELEASE_TRIES = 10
"""With these pauses about half a minute."""
TOLD_AGAIN_MS = 120_000
"""Well over what `RELEASE_TRIES` take: what ended this long before the last end of all has been told, or given up on."""
TOLD_AGAIN_MAX = 2_000
"""Ended sessions of a kind that a start looks at; the latest."""
PAGE = 500
CLOSE_WAIT_S = 2.0


class Allocations:
    """At most one allocation a session on this node. Several nodes may ask for the same one; allocators tell by its id."""

    def __init__(self, lobby: Lobby, allocator: Allocator) -> None:
        self._lobby = lobby
        self._allocator = allocator
        self._running: dict[SessionId, asyncio.Task[None]] = {}
        self._releases: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        if self._allocator.hears_of_ends:
            self._lobby.hearers.append(self._heard)
            self._spawn(self._tell_again())

    async def close(self) -> None:
        """What is being told gets a moment; the next start tells it again."""
        for task in self._running.values():
            task.cancel()
        if self._running:
            await asyncio.wait(self._running.values())
        if self._releases:
            await asyncio.wait(self._releases, timeout=CLOSE_WAIT_S)
        for task in self._releases:
            task.cancel()
        if self._releases:
            await asyncio.wait(self._releases)

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
        pause_s = PAUSE_FIRST_S
        while (party := await self._waiting(party_id, session_id)) is not None:
            try:
                await self._begun(party, session_id)
                return
            except NoPlace as no:
                log.error("no endpoint for session %s: %s", session_id, no)
                await self._lobby.execute(party_id, GiveUpAllocation(session_id))
                return
            except NoPlaceYet as no:
                if pause_s == PAUSE_FIRST_S:  # once for each session
                    log.warning("no endpoint for session %s yet: %s", session_id, no)
                pause_s = await _pause(no.retry_after_s, pause_s)

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
            self._release(EndedRun(session_id, party.id))  # it was called off while a place was found

    # -- the end of a run

    def _heard(self, change: Change) -> None:
        before = change.before
        for entry in change.entries:
            if isinstance(entry.event, SessionEnded) and entry.party.last_session is not None:
                self._ended(entry.party.last_session)
            elif isinstance(entry.event, CountdownCancelled) and before is not None:
                self._called_off(before, entry.at)
            before = entry.party

    def _called_off(self, party: Party, at: Instant) -> None:
        """Before the end of the countdown nothing was asked for."""
        if party.session is not None and party.starts_at is not None and party.starts_at <= at:
            self._release(EndedRun(party.session.id, party.id))

    def _ended(self, session: Session) -> None:
        if session.allocation is not None:
            self._release(EndedRun(session.id, session.party_id, session.status, session.outcome))

    def _release(self, run: EndedRun) -> None:
        if not self._allocator.hears_of_ends:
            return
        if len(self._releases) >= RELEASES_MAX:
            log.error("the end of session %s is not told: too many others wait for that", run.session_id)
            return
        self._spawn(self._told(run))

    async def _told(self, run: EndedRun) -> None:
        """After whatever is still being asked for it: an end is the last word about a session."""
        asking = self._running.get(run.session_id)
        if asking is not None and asking is not asyncio.current_task():
            asking.cancel()
            await asyncio.wait([asking])
        pause_s = PAUSE_FIRST_S
        for _ in range(RELEASE_TRIES):
            try:
                return await self._allocator.release(run)
            except NoPlaceYet as no:
                pause_s = await _pause(no.retry_after_s, pause_s)
            except Exception:
                log.exception("the end of session %s could not be told", run.session_id)
                return None
        log.error("the end of session %s could not be told", run.session_id)
        return None

    async def _tell_again(self) -> None:
        """The process before this one may have died between an end and the telling of it."""
        with suppress(Unavailable):
            ended = [
                session
                for status in (SessionStatus.COMPLETE, SessionStatus.ABANDONED)
                for session in await self._latest(status)
            ]
            last = max((session.ended_at or 0 for session in ended), default=0)
            for session in ended:
                if (session.ended_at or 0) >= last - TOLD_AGAIN_MS:
                    self._ended(session)

    async def _latest(self, status: SessionStatus) -> list[Session]:
        found: list[Session] = []
        after = None
        while len(found) < TOLD_AGAIN_MAX:
            query = SessionQuery(SessionFilter(status), first=PAGE, after=after, private_too=True)
            page = await self._lobby.store.sessions(query)
            found += page.items
            if not page.has_next or not page.cursors:
                break
            after = page.cursors[-1]
        return found

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name="release")
        self._releases.add(task)
        task.add_done_callback(self._releases.discard)


async def _pause(asked_s: float | None, pause_s: float) -> float:
    """Returns the next pause. Spread out, so that those who failed together do not come together again."""
    await asyncio.sleep(asked_s if asked_s is not None else pause_s * random.uniform(0.5, 1.0))  # noqa: S311
    return min(pause_s * 2, PAUSE_MAX_S)
