"""Tells an allocator of every run that needs its place no more: at least once, also when the process dies in between."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress

from lobby.domain.events import CountdownCancelled, SessionEnded
from lobby.domain.listing import SessionFilter
from lobby.domain.model import Party, Session
from lobby.domain.values import Instant, SessionId, SessionStatus
from lobby.live.backoff import FIRST_S, after_pause
from lobby.ports import Allocator, Change, EndedRun, NoPlaceYet, SessionQuery, Unavailable
from lobby.service import Lobby

log = logging.getLogger(__name__)

WAITING_MAX = 10_000
"""Endings that wait to be told; past them a game server finds out by its next heartbeat alone."""
TRIES = 10
"""With the pauses between them about half a minute."""
TOLD_AGAIN_MS = 120_000
"""Well over what `TRIES` take: what ended this long before the last end of all has been told, or given up on."""
TOLD_AGAIN_MAX = 2_000
"""Ended sessions of a kind that a start looks at; the latest."""
PAGE = 500
CLOSE_WAIT_S = 2.0


class Releases:
    """It hears of what this node commits. `stopped`: returns once nothing more is asked for a session."""

    def __init__(self, lobby: Lobby, allocator: Allocator, stopped: Callable[[SessionId], Awaitable[None]]) -> None:
        self._lobby = lobby
        self._allocator = allocator
        self._stopped = stopped
        self._telling: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        if self._allocator.hears_of_ends:
            self._lobby.hearers.append(self._heard)
            self._spawn(self._tell_again())

    async def close(self) -> None:
        """What is being told gets a moment; the next start tells it again."""
        if self._telling:
            await asyncio.wait(self._telling, timeout=CLOSE_WAIT_S)
        for task in self._telling:
            task.cancel()
        if self._telling:
            await asyncio.wait(self._telling)

    def tell(self, run: EndedRun) -> None:
        """In a while, without waiting for it."""
        if not self._allocator.hears_of_ends:
            return
        if len(self._telling) >= WAITING_MAX:
            log.error("the end of session %s is not told: too many others wait for that", run.session_id)
            return
        self._spawn(self._told(run))

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
            self.tell(EndedRun(party.session.id, party.id))

    def _ended(self, session: Session) -> None:
        if session.allocation is not None:
            self.tell(EndedRun(session.id, session.party_id, session.status, session.outcome))

    async def _told(self, run: EndedRun) -> None:
        """An end is the last word about a session: whatever is still being asked for it comes before."""
        await self._stopped(run.session_id)
        pause_s = FIRST_S
        for _ in range(TRIES):
            try:
                await self._allocator.release(run)
                return
            except NoPlaceYet as no:
                pause_s = await after_pause(pause_s, no.retry_after_s)
            except Exception:
                log.exception("the end of session %s could not be told", run.session_id)
                return
        log.error("the end of session %s could not be told", run.session_id)

    async def _tell_again(self) -> None:
        """The process before this one may have died between an end and the telling of it."""
        with suppress(Unavailable):
            ended = [*await self._latest(SessionStatus.COMPLETE), *await self._latest(SessionStatus.ABANDONED)]
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
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
