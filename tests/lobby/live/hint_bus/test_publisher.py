"""The messages of the publisher, over a connection whose answers the test holds back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from lobby.live.hint_bus.connection import BusConnector, NoAnswer, call
from lobby.live.hint_bus.messages import BusLimits, Message
from lobby.live.hint_bus.publisher import Publisher
from lobby.stores.valkey.address import Address
from tests.lobby.live.hint_bus.bus_node import WAIT_S
from tests.waiting import wait_until

TURNS = 20
"""Turns of the event loop in which a publisher that has something to send sends it."""


class HeldConnection:
    """Records the hints of each message. It has no answer until `answer` is called."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, ...]] = []
        self._has_answer = asyncio.Event()

    async def connect(self) -> None: ...

    async def disconnect(self, nowait: bool = False) -> None: ...

    async def send_command(self, *args: object) -> None:
        raw = args[-1]
        message = Message.decode(raw) if isinstance(raw, bytes) else None
        assert message is not None, f"not a message: {args}"
        self.messages.append(message.hints)

    async def read_response(self, *, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - the library's own word
        await self._has_answer.wait()
        self._has_answer.clear()
        return 1

    async def answer(self) -> None:
        """Answer the latest message, and let the publisher go on."""
        self._has_answer.set()
        await _some_turns()


class HeldConnector(BusConnector):
    """Gives the connection of the test."""

    def __init__(self, connection: HeldConnection, limits: BusLimits) -> None:
        super().__init__(Address.read("valkey://127.0.0.1:1/0"), limits)
        self._held = connection

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[HeldConnection]:
        yield self._held


async def test_hints_that_come_during_a_call_are_followed_by_no_empty_message() -> None:
    connection, limits = HeldConnection(), BusLimits(beat_s=WAIT_S, answer_s=WAIT_S, gap_s=0.0)
    publisher = Publisher(HeldConnector(connection, limits), "lobby", "node", limits)
    running = asyncio.create_task(publisher.run())
    await _some_turns()
    publisher.put("party:1")
    await connection.answer()
    publisher.put("party:2")
    await connection.answer()
    await connection.answer()
    assert connection.messages == [(), ("party:1",), ("party:2",)]
    publisher.put("party:3")
    await _some_turns()
    assert connection.messages[-1] == ("party:3",)
    running.cancel()
    await asyncio.wait([running])


async def test_hints_that_keep_coming_share_a_message() -> None:
    connection, limits = HeldConnection(), BusLimits(beat_s=WAIT_S, answer_s=WAIT_S, gap_s=0.05)
    publisher = Publisher(HeldConnector(connection, limits), "lobby", "node", limits)
    running = asyncio.create_task(publisher.run())
    await _some_turns()
    publisher.put("one:1")
    await connection.answer()
    publisher.put("two:1")

    async def has_sent_again() -> bool:
        return len(connection.messages) > 1

    await wait_until(has_sent_again)
    assert connection.messages == [(), ("one:1", "two:1")]
    running.cancel()
    await asyncio.wait([running])


async def test_a_call_without_an_answer_ends_after_its_time() -> None:
    with pytest.raises(NoAnswer, match="PUBLISH"):
        await call(HeldConnection(), 0.05, "PUBLISH", "lobby", Message("node", 1).encode())


async def _some_turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)
