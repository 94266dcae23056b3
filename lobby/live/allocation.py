"""Finds a game server for each session whose countdown is over, and releases it when the session has ended.

Everything that must survive this process is in the party: that it is STARTING, until when, and what was allocated. If a process
dies during an allocation, the next process or another node starts it again, for the same session id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from lobby.app.command_handler import CommandHandler
from lobby.domain.commands import BeginSession, GiveUpAllocation
from lobby.domain.events import CountdownCancelled, SessionEnded
from lobby.domain.listing import SessionFilter
from lobby.domain.model import Party, Session
from lobby.domain.rejections import Rejection
from lobby.domain.values import Instant, PartyId, PartyState, SessionId, SessionStatus
from lobby.live.retrying import FIRST_PAUSE_S, pause_before_retry
from lobby.ports import AllocationFailed, AllocationPending, Allocator, Change, EndedSession, SessionQuery, Unavailable
from lobby.runtime.background import BackgroundTasks

log = logging.getLogger(__name__)

ALLOCATIONS_MAX = 1_000
"""Allocations at the same time. The countdown of a further session is due again a few seconds later."""


class SessionAllocator:
    """Runs at most one allocation for each session on this node. Several nodes may ask for the same session; allocators
    recognize it by its id."""

    def __init__(self, handler: CommandHandler, allocator: Allocator) -> None:
        self._handler = handler
        self._allocator = allocator
        self._running: dict[SessionId, asyncio.Task[None]] = {}
        self._tasks = BackgroundTasks()
        self._releaser = AllocationReleaser(handler, allocator, self._stop_allocating)

    async def open(self) -> None:
        await self._releaser.open()

    async def close(self) -> None:
        """Cancel all allocations; the next process starts them again."""
        await self._tasks.close()
        await self._releaser.close()

    def begin(self, party: Party) -> None:
        """Start the allocation for a party whose countdown is over. Does nothing if it already runs."""
        session = party.session
        if session is None or session.id in self._running or len(self._running) >= ALLOCATIONS_MAX:
            return
        session_id = session.id
        task = self._tasks.start(self._allocate(party.id, session_id), "allocation")
        self._running[session_id] = task
        task.add_done_callback(lambda _: self._running.pop(session_id, None))

    async def _allocate(self, party_id: PartyId, session_id: SessionId) -> None:
        try:
            await self._allocate_until_begun(party_id, session_id)
        except Unavailable as error:
            log.warning("allocation for session %s stopped, store unavailable, retrying: %s", session_id, error)
        except Exception:
            log.exception("allocation for session %s failed, retrying", session_id)

    async def _allocate_until_begun(self, party_id: PartyId, session_id: SessionId) -> None:
        """Return when the session runs or has been cancelled. The rules of the domain give up after the allocation time."""
        pause_s = FIRST_PAUSE_S
        while (party := await self._starting_party(party_id, session_id)) is not None:
            try:
                await self._begin_session(party, session_id)
                self._handler.metrics.allocations["done"] += 1
                return
            except AllocationFailed as failure:
                self._handler.metrics.allocations["failed"] += 1
                log.error("no game server for session %s: %s", session_id, failure)
                await self._handler.execute(party_id, GiveUpAllocation(session_id))
                return
            except AllocationPending as failure:
                self._handler.metrics.allocations["pending"] += 1
                if pause_s == FIRST_PAUSE_S:  # log it once for each session
                    log.warning("no game server for session %s yet, retrying: %s", session_id, failure)
                pause_s = await pause_before_retry(pause_s, failure.retry_after_s)

    async def _starting_party(self, party_id: PartyId, session_id: SessionId) -> Party | None:
        """The newest state of the party, if it still waits for a game server for this session."""
        party = await self._handler.store.latest(party_id)
        if party is None or party.session is None or party.session.id != session_id:
            return None
        return party if party.state is PartyState.STARTING else None

    async def _begin_session(self, party: Party, session_id: SessionId) -> None:
        async with self._allocator.allocate(party) as allocation:
            begin = BeginSession(session_id, allocation.endpoint, allocation.name, allocation.is_hosted)
            outcome = await self._handler.execute(party.id, begin)
        if isinstance(outcome, Rejection):
            raise AllocationPending(outcome.message)
        session = outcome.party.session
        if session is None or session.id != session_id:  # the countdown was cancelled during the allocation
            self._releaser.release(EndedSession(session_id, party.id))

    async def _stop_allocating(self, session_id: SessionId) -> None:
        task = self._running.get(session_id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])


RELEASES_MAX = 10_000
"""Releases at the same time. For a further one the game server only learns of the end by its next heartbeat."""
RELEASE_ATTEMPTS_MAX = 10
"""With the pauses between them about half a minute."""
RELEASE_AGAIN_MS = 120_000
"""Well over the time that `RELEASE_ATTEMPTS_MAX` take: a session that ended this long before the latest end was released, or the
releaser has given up on it."""
RELEASE_AGAIN_MAX = 2_000
"""The latest ended sessions of each status that are looked at after a start."""
PAGE_SESSIONS = 500
CLOSE_WAIT_S = 2.0


class AllocationReleaser:
    """Releases the game server of each session that ends: at least once, also if the process dies in between."""

    def __init__(
        self,
        handler: CommandHandler,
        allocator: Allocator,
        stop_allocating: Callable[[SessionId], Awaitable[None]],
    ) -> None:
        """`stop_allocating` returns when no allocation for the session runs any more."""
        self._handler = handler
        self._allocator = allocator
        self._stop_allocating = stop_allocating
        self._tasks = BackgroundTasks()

    async def open(self) -> None:
        if self._allocator.needs_release:
            self._handler.commit_listeners.append(self._on_commit)
            self._tasks.start(self._release_again(), "release")

    async def close(self) -> None:
        """Wait a moment for the releases that run. The next start repeats those that did not finish."""
        await self._tasks.wait(CLOSE_WAIT_S)
        await self._tasks.close()

    def release(self, ended: EndedSession) -> None:
        """Release the game server of a session in the background."""
        if not self._allocator.needs_release:
            return
        if len(self._tasks) >= RELEASES_MAX:
            log.error(
                "game server of session %s not released, %d other releases are running", ended.session_id, RELEASES_MAX
            )
            return
        self._tasks.start(self._release(ended), "release")

    def _on_commit(self, change: Change) -> None:
        before = change.before
        for entry in change.entries:
            if isinstance(entry.event, SessionEnded) and entry.party.last_session is not None:
                self._release_ended(entry.party.last_session)
            elif isinstance(entry.event, CountdownCancelled) and before is not None:
                self._release_cancelled(before, entry.at)
            before = entry.party

    def _release_cancelled(self, party: Party, at: Instant) -> None:
        """Nothing was allocated if the countdown was not over yet."""
        if party.session is not None and party.starts_at is not None and party.starts_at <= at:
            self.release(EndedSession(party.session.id, party.id))

    def _release_ended(self, session: Session) -> None:
        if session.allocation is not None:
            self.release(EndedSession(session.id, session.party_id, session.status, session.outcome))

    async def _release(self, ended: EndedSession) -> None:
        """The allocator gets nothing more about a session after its release, so a running allocation is stopped first."""
        await self._stop_allocating(ended.session_id)
        pause_s = FIRST_PAUSE_S
        for _ in range(RELEASE_ATTEMPTS_MAX):
            try:
                await self._allocator.release(ended)
                return
            except AllocationPending as failure:
                pause_s = await pause_before_retry(pause_s, failure.retry_after_s)
            except Exception:
                log.exception("could not release the game server of session %s", ended.session_id)
                return
        log.error(
            "could not release the game server of session %s, gave up after %d attempts",
            ended.session_id,
            RELEASE_ATTEMPTS_MAX,
        )

    async def _release_again(self) -> None:
        """Repeat the latest releases, because the process before this one may have died before it made them."""
        with suppress(Unavailable):
            ended = [*await self._latest(SessionStatus.COMPLETE), *await self._latest(SessionStatus.ABANDONED)]
            last_end = max((session.ended_at or 0 for session in ended), default=0)
            for session in ended:
                if (session.ended_at or 0) >= last_end - RELEASE_AGAIN_MS:
                    self._release_ended(session)

    async def _latest(self, status: SessionStatus) -> list[Session]:
        found: list[Session] = []
        after = None
        while len(found) < RELEASE_AGAIN_MAX:
            query = SessionQuery(SessionFilter(status), first=PAGE_SESSIONS, after=after, include_private=True)
            page = await self._handler.store.sessions(query)
            found += page.items
            if not page.has_next or not page.cursors:
                break
            after = page.cursors[-1]
        return found
