"""What runs on one socket at the client's wish: operations, subscriptions."""

from __future__ import annotations

import asyncio
from typing import Generic, Protocol, TypeVar


class Runnable(Protocol):
    """Something with a beginning and an end, under an id that the client knows it by."""

    @property
    def id(self) -> str: ...

    @property
    def may_be_cancelled(self) -> bool: ...

    def drop(self) -> None:
        """Send nothing more: the client considers it over."""

    async def run(self) -> None:
        """Never raises but on cancellation."""


Each = TypeVar("Each", bound=Runnable)


class Running(Generic[Each]):
    """They and their tasks, by id. The task of one that may not be cancelled outlives its id when the client waits
    no longer."""

    def __init__(self, running_max: int, finishing: set[asyncio.Task[None]]) -> None:
        """`finishing` keeps the tasks that outlive the socket: the event loop holds tasks only weakly."""
        self._running_max = running_max
        self._by_id: dict[str, Each] = {}
        self._tasks: dict[Each, asyncio.Task[None]] = {}
        self._finishing = finishing

    @property
    def is_full(self) -> bool:
        """Whether no more may be started. Those that are being let go have room of their own, or a client that
        stops one and starts another would be refused now and then."""
        return len(self._by_id) >= self._running_max or len(self._tasks) >= 2 * self._running_max

    @property
    def all(self) -> list[Each]:
        """Those that the client has not stopped."""
        return list(self._by_id.values())

    def __contains__(self, each_id: str) -> bool:
        return each_id in self._by_id

    def start(self, each: Each) -> None:
        task = asyncio.create_task(each.run())
        self._by_id[each.id] = each
        self._tasks[each] = task
        task.add_done_callback(lambda _: self._done(each))

    def ended(self, each: Each) -> None:
        """Free the id of one that has come to its end."""
        if self._by_id.get(each.id) is each:
            del self._by_id[each.id]

    def stop(self, each_id: str) -> bool:
        """Stop one because the client wants no more of it; False where there is none of that id."""
        each = self._by_id.pop(each_id, None)
        if each is None:
            return False
        self._let_go(each)
        return True

    async def stop_all(self, within_s: float) -> None:
        """Stop every one, and give those that clean up after themselves some time to do so."""
        for each_id in list(self._by_id):
            self.stop(each_id)
        for task in self._tasks.values():
            self._finishing.add(task)
            task.add_done_callback(self._finishing.discard)
        cancelled = [task for each, task in self._tasks.items() if each.may_be_cancelled]
        if cancelled:
            await asyncio.wait(cancelled, timeout=within_s)

    def _let_go(self, each: Each) -> None:
        each.drop()
        if each.may_be_cancelled:
            self._tasks[each].cancel()

    def _done(self, each: Each) -> None:
        self.ended(each)
        del self._tasks[each]
