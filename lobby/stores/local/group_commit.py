"""Commits on their way to the disk: while one group is being written, the next one gathers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from lobby.ports import Unavailable
from lobby.stores.engine import Engine, Gate
from lobby.stores.ledger import Settles
from lobby.stores.posting import Posting
from lobby.stores.state import State

log = logging.getLogger(__name__)

WAITING_MAX = 10_000
"""Commits that may wait for the disk: a few seconds' worth at what SQLite takes."""
GROUP_MAX = 256
"""Postings in one transaction. Larger ones save little: the cost of the fsync is shared by enough already."""


@dataclass(slots=True, eq=False)
class Waiting:
    """One posting and whoever waits for it."""

    posting: Posting
    writes: Sequence[Settles]
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class GroupCommit:
    """One group at a time, so that a failed one takes exactly what came after it with it: all of that rests on it."""

    def __init__(self, engine: Engine, gate: Gate, waiting_max: int, state: State) -> None:
        self._engine = engine
        self._gate = gate
        self._waiting_max = waiting_max
        self._state = state
        self._waiting: list[Waiting] = []
        self._writing: asyncio.Task[None] | None = None
        self._is_closed = False

    def check_room(self) -> None:
        """Raises `Unavailable` when the disk can't keep up, or the store is closed."""
        if self._is_closed:
            raise Unavailable("the store is closed")
        if len(self._waiting) >= self._waiting_max:
            raise Unavailable("too many commits wait for the disk")

    def add(self, posting: Posting, writes: Sequence[Settles]) -> asyncio.Future[None]:
        """The future is done once `posting` is durable, or fails with `Unavailable`."""
        waiting = Waiting(posting, writes)
        self._waiting.append(waiting)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all(), name="group commit")
        return waiting.done

    async def close(self) -> None:
        """Writes what waits; nothing is taken any more."""
        self._is_closed = True
        if self._writing is not None:
            await self._writing

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:GROUP_MAX], self._waiting[GROUP_MAX:]
                await self._write(group)
        finally:
            self._writing = None

    async def _write(self, group: list[Waiting]) -> None:
        try:
            await self._gate()
            await self._engine.write([waiting.posting for waiting in group])
        except Unavailable as failure:
            self._fail(group, failure)
            return
        except Exception:
            log.exception("a group of commits failed in a way that no disk does")
            self._fail(group, Unavailable("the store failed"))
            return
        for waiting in group:
            self._arrive(waiting)

    def _arrive(self, waiting: Waiting) -> None:
        """It is on the disk: whatever goes wrong from here on, the asker is told so, and those behind it too."""
        try:
            self._state.settle(waiting.posting, waiting.writes)
        except Exception:
            log.exception("the state could not follow what is durable")
        if not waiting.done.done():
            waiting.done.set_result(None)

    def _fail(self, group: list[Waiting], failure: Unavailable) -> None:
        undone, self._waiting = group + self._waiting, []
        self._state.undo()
        for waiting in undone:
            if not waiting.done.done():
                waiting.done.set_exception(Unavailable(*failure.args))
                waiting.done.exception()  # looked at here, so that an asker who has gone leaves no warning
