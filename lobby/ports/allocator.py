"""The protocol with which the lobby asks for a game server."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from lobby.domain.model import Endpoint, Party
from lobby.domain.values import PartyId, SessionId, SessionStatus
from lobby.struct import Struct


class AllocationPending(Exception):
    """There is no game server now. Ask again, after `retry_after_s` if that is known."""

    def __init__(self, why: str, retry_after_s: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class AllocationFailed(Exception):
    """There will be no game server for this session. Do not ask again."""


class Allocation(Struct):
    """The game server of a session. `endpoint` None: the leader or the game server itself will report it."""

    endpoint: Endpoint | None = None
    name: str | None = None
    """Kept with the session while it runs. None: nothing was allocated, and nothing must be released."""
    is_hosted: bool = False
    """True if nothing allocates game servers: a player hosts the session, until a game server takes it."""


class EndedSession(Struct):
    """A session that no longer needs its game server. `status` None: it was cancelled before it began."""

    session_id: SessionId
    party_id: PartyId
    status: SessionStatus | None = None
    outcome: str | None = None


class Allocator(Protocol):
    """Finds a game server for a session, in the way that the operator has chosen."""

    needs_release: bool
    """True if `release` must be called at all."""

    def allocate(self, party: Party) -> AbstractAsyncContextManager[Allocation]:
        """Hold a game server for the session that `party` starts, while the context lasts; within it the session begins.

        A second call for the same session returns the same game server, or another one in place of it, never both: a process
        may die between the call and the beginning of the session, and several nodes may call at once. If the caller makes the
        session durable within the context, the game server counts as taken, otherwise as free, at the latest after `release`.
        The call may be cancelled at any await.

        Raises, on entering:
            AllocationPending: ask again.
            AllocationFailed: do not ask again.
            Unavailable: the store could not say which game servers are taken.
        """

    async def release(self, ended: EndedSession) -> None:
        """The session has ended, or will never begin. Called at least once for each session, perhaps also for one that never
        got a game server. No `allocate` for the session follows. Raises `AllocationPending` if it must be called again."""

    async def close(self) -> None:
        """Close connections. Game servers that are taken stay taken."""
