"""Late and repeated calls to Valkey: the client gets one reply to each call, and Valkey gets the call again later."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from valkey.asyncio import Valkey

from tests.needs import needs
from tests.waiting import wait_until
from tools.chaos.valkey.call_faults import DELAYED, DOUBLED, STALLED, Call, CallFaults
from tools.chaos.valkey.server import PASSING, ValkeyServer
from tools.chaos.valkey.store_link import StoreLink

COUNT = "return redis.call('INCR', KEYS[1])"


class FixedFault(CallFaults):
    """The same fault for every call of a script, and late calls that come at once."""

    def __init__(self, fault: str | None) -> None:
        super().__init__(Hasty(1), Counter())
        self.fault = fault

    def draw(self, call: Call) -> str | None:
        return self.fault if call.name == b"EVAL" else None


class Hasty(Random):
    def uniform(self, a: float, b: float) -> float:
        return a


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ValkeyServer]:
    needs("valkey")
    server = ValkeyServer(tmp_path / "valkey", PASSING)
    await asyncio.to_thread(server.start)
    yield server
    server.kill()


@pytest.mark.parametrize(("fault", "executions"), [(None, 1), (DELAYED, 1), (DOUBLED, 2)])
async def test_a_call_has_one_reply_however_often_it_is_executed(
    server: ValkeyServer, fault: str | None, executions: int
) -> None:
    link = StoreLink(server.address, FixedFault(fault))
    await link.open()
    host, port = link.address
    client: Any = Valkey(host=host, port=port)
    direct: Any = Valkey(host=server.address[0], port=server.port)

    async def is_executed() -> bool:
        calls: bytes | None = await direct.get("calls")
        return calls == str(executions).encode()

    try:
        assert await client.eval(COUNT, 1, "calls") == 1
        assert await client.ping()
        await wait_until(is_executed)
    finally:
        await client.aclose()
        await direct.aclose()
        await link.close()


async def test_a_stalled_call_is_executed_after_the_client_gave_up(server: ValkeyServer) -> None:
    faults = FixedFault(STALLED)
    link = StoreLink(server.address, faults)
    await link.open()
    host, port = link.address
    client: Any = Valkey(host=host, port=port, socket_timeout=0.5, retry=None)
    direct: Any = Valkey(host=server.address[0], port=server.port)

    async def is_executed() -> bool:
        calls: bytes | None = await direct.get("calls")
        return calls == b"1"

    try:
        with pytest.raises(Exception, match="Timeout"):
            await client.eval(COUNT, 1, "calls")
        await wait_until(is_executed)
        faults.fault = None
        assert await client.eval(COUNT, 1, "calls") == 2
    finally:
        await client.aclose()
        await direct.aclose()
        await link.close()
