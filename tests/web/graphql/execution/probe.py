"""Notes of the sample schema's resolvers, passed from the server's thread to the test's thread."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from threading import Event

import anyio.to_thread

_WAIT_S = 10.0


class Probe:
    """Notes in the order in which they were made, and one word that the test gives back."""

    def __init__(self) -> None:
        self._notes: Queue[str] = Queue()
        self._word = Event()

    def note(self, what: str) -> None:
        self._notes.put(what)

    @contextmanager
    def noting(self, what: str) -> Iterator[None]:
        """Notes the opening and the closing of a source of events, however it is closed."""
        self.note(f"{what} opened")
        try:
            yield
        finally:
            self.note(f"{what} closed")

    async def next_note(self) -> str:
        return await anyio.to_thread.run_sync(self._notes.get, True, _WAIT_S)

    def tell(self) -> None:
        self._word.set()

    async def told(self) -> None:
        await asyncio.to_thread(self._word.wait, _WAIT_S)
