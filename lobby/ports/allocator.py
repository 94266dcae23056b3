"""Where sessions are played."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from lobby.domain.model import Endpoint, Party
from lobby.domain.values import PartyId, SessionId, SessionStatus
from lobby.value import Value


class NoPlaceYet(Exception):
    """Nowhere to play now; ask again, after `retry_after_s` where that is known."""

    def __init__(self, why: str, retry_after_s: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class NoPlace(Exception):
    """There will be nowhere to play, however often one asks."""


class Place(Value):
    """Where a session is to be played. `endpoint` None: somebody will report it."""

    endpoint: Endpoint | None = None
    name: str | None = None
    """What is kept with the session while it runs; None: nothing was taken, and nothing is to be given back."""


class EndedRun(Value):
    """A session that needs its place no more. `status` None: it was called off before it began."""

    session_id: SessionId
    party_id: PartyId
    status: SessionStatus | None = None
    outcome: str | None = None


class Allocator(Protocol):
    """Finds the place where a session is played, by whatever means the operator has."""

    hears_of_ends: bool
    """Whether `release` is to be called at all."""

    def place(self, party: Party) -> AbstractAsyncContextManager[Place]:
        """A place for the session that `party` is starting, held while the context lasts: within it the session begins.

        Asked again for the same session it gives the same place, or one in place of it, never a second one besides: a
        process may have died between the asking and the beginning, and several nodes may ask at once. What the caller
        makes durable within the context counts as taken; what it does not, as free again, at the latest on `release`.
        It may be cancelled at any await.

        Raises, on entering:
            NoPlaceYet: ask again.
            NoPlace: don't.
            Unavailable: the store could not say what is taken.
        """

    async def release(self, run: EndedRun) -> None:
        """The run is over, or will never be. Final for this session id; told at least once, and perhaps for a session
        for which nothing was ever taken. Raises `NoPlaceYet` when it is to be told again."""

    async def close(self) -> None:
        """Let go of what is open. Nothing that was taken is given back."""
