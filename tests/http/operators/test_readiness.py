"""Whether a server is ready is what its store says, asked not too often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from lobby.http.operators import readiness
from lobby.http.operators.readiness import Readiness
from lobby.ports import Store
from tests.stores.gate import SteeredGate
from tests.stores.home import Home


@pytest.fixture
def gate() -> SteeredGate:
    return SteeredGate()


@pytest.fixture
async def store(gate: SteeredGate) -> AsyncIterator[Store]:
    store = await Home("memory://", gate=gate).open()
    yield store
    gate.release()
    await store.close()


def asking_always(store: Store, monkeypatch: pytest.MonkeyPatch) -> Readiness:
    monkeypatch.setattr(readiness, "GOOD_FOR_S", 0)
    return Readiness(store.check, lambda: False)


async def test_a_store_that_fails_and_recovers_is_followed(
    store: Store, gate: SteeredGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = asking_always(store, monkeypatch)
    assert await ready.problem() is None
    gate.fail_next()
    assert await ready.problem() == "the store can't keep anything now"
    assert await ready.problem() is None


async def test_a_store_that_hangs_is_not_waited_for(
    store: Store, gate: SteeredGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "WAIT_S", 0.01)
    gate.hold()
    assert await asking_always(store, monkeypatch).problem() is not None


async def test_however_many_ask_the_disk_is_asked_once_a_while(store: Store, gate: SteeredGate) -> None:
    ready = Readiness(store.check, lambda: False)
    await asyncio.gather(*(ready.problem() for _ in range(100)))
    await ready.problem()
    assert gate.groups == 1


async def test_a_server_that_goes_down_is_not_ready(store: Store) -> None:
    assert await Readiness(store.check, lambda: True).problem() == "the server is going down"
