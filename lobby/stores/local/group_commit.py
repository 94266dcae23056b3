"""Group commit: while one group of commits is being written, the next group collects."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from time import monotonic

from lobby.ports import Unavailable
from lobby.runtime.log_context import no_request
from lobby.stores.local.engine import Engine, WriteHook
from lobby.stores.local.live_state import PendingWrite
from lobby.stores.local.local_state import LocalState
from lobby.stores.write_set import WriteSet
from lobby.struct import Struct

log = logging.getLogger(__name__)

WAITING_MAX = 10_000
"""Commits that may wait for the disk: what SQLite writes in a few seconds."""
GROUP_MAX = 256
"""Write sets in one transaction. Larger groups save little: enough commits share the cost of one fsync."""
GATHER_TURNS = 3
"""A group is complete after so many turns of the event loop without another commit: in the first the clients of the last group
get their answers, in the second their next requests are read, in the third these are decided."""
GATHER_S_MAX = 0.004
"""The longest time that a commit waits for others. A transaction takes about 0.5 ms of CPU, as much as three mutations."""


class WaitingCommit(Struct):
    """A write set, and the future of the caller who waits until it is durable."""

    write_set: WriteSet
    writes: Sequence[PendingWrite]
    done: asyncio.Future[None]


class GroupCommit:
    """Writes one group at a time. If a group fails, all commits that came after it fail too, because they build on it."""

    def __init__(self, engine: Engine, write_hook: WriteHook, waiting_max: int, state: LocalState) -> None:
        self._engine = engine
        self._write_hook = write_hook
        self._waiting_max = waiting_max
        self._state = state
        self._waiting: list[WaitingCommit] = []
        self._writing: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def waiting_count(self) -> int:
        """How many commits wait for the group that is being written."""
        return len(self._waiting)

    def check_room(self) -> None:
        """Raises `Unavailable` if too many commits wait for the disk, or the store is closed."""
        if self._is_closed:
            raise Unavailable("the store is closed")
        if len(self._waiting) >= self._waiting_max:
            raise Unavailable("too many commits wait for the disk")

    def add(self, write_set: WriteSet, writes: Sequence[PendingWrite]) -> asyncio.Future[None]:
        """The future is done once `write_set` is durable, or fails with `Unavailable`."""
        waiting = WaitingCommit(write_set, writes, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all(), name="group commit", context=no_request())
        return waiting.done

    async def close(self) -> None:
        """Write all commits that wait, and accept no more."""
        self._is_closed = True
        if self._writing is not None:
            await self._writing

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                group, self._waiting = self._waiting[:GROUP_MAX], self._waiting[GROUP_MAX:]
                await self._write(group)
        finally:
            self._writing = None

    async def _gather(self) -> None:
        """Wait for more commits, while some come. A commit alone does not wait."""
        ends_at_s = monotonic() + GATHER_S_MAX
        count, turns_left = 1, 0
        while len(self._waiting) < GROUP_MAX and monotonic() < ends_at_s:
            if len(self._waiting) > count:
                count, turns_left = len(self._waiting), GATHER_TURNS
            elif not turns_left:
                return
            turns_left -= 1
            await asyncio.sleep(0)

    async def _write(self, group: list[WaitingCommit]) -> None:
        try:
            await self._write_hook()
            await self._engine.write([waiting.write_set for waiting in group])
        except Unavailable as failure:
            self._fail(group, failure)
            return
        except Exception:
            log.exception("writing a group of commits failed, and not because of the disk")
            self._fail(group, Unavailable("the store failed"))
            return
        for waiting in group:
            self._finish(waiting)

    def _finish(self, waiting: WaitingCommit) -> None:
        """The commit is on the disk, so its caller must learn that even if updating the memory fails."""
        try:
            self._state.mark_durable(waiting.write_set, waiting.writes)
        except Exception:
            log.exception("the state in memory could not be updated after a commit")
        if not waiting.done.done():
            waiting.done.set_result(None)

    def _fail(self, group: list[WaitingCommit], failure: Unavailable) -> None:
        undone, self._waiting = group + self._waiting, []
        self._state.undo()
        for waiting in undone:
            if not waiting.done.done():
                waiting.done.set_exception(Unavailable(*failure.args))
                waiting.done.exception()  # retrieved here, so that a cancelled caller leaves no warning
