"""A server is ready if its store can commit. The check does not run too often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from lobby.ports import Store
from tests.lobby.stores.home import Home
from tests.lobby.stores.write_blocker import WriteBlocker
from web import operators as readiness
from web.operators import Readiness


@pytest.fixture
def write_blocker() -> WriteBlocker:
    return WriteBlocker()


@pytest.fixture
async def store(write_blocker: WriteBlocker) -> AsyncIterator[Store]:
    store = await Home("memory://", write_blocker=write_blocker).open()
    yield store
    write_blocker.release()
    await store.close()


def asking_always(store: Store, monkeypatch: pytest.MonkeyPatch) -> Readiness:
    monkeypatch.setattr(readiness, "RESULT_VALID_S", 0)
    return Readiness(store.check, lambda: False)


async def test_readiness_follows_a_store_that_fails_and_recovers(
    store: Store, write_blocker: WriteBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = asking_always(store, monkeypatch)
    assert await ready.problem() is None
    write_blocker.fail_next()
    assert await ready.problem() == "the store can't keep anything now"
    assert await ready.problem() is None


async def test_a_store_that_hangs_is_not_ready(
    store: Store, write_blocker: WriteBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "CHECK_WAIT_S", 0.01)
    write_blocker.hold()
    assert await asking_always(store, monkeypatch).problem() is not None


async def test_many_readiness_checks_write_to_the_store_once(store: Store, write_blocker: WriteBlocker) -> None:
    ready = Readiness(store.check, lambda: False)
    await asyncio.gather(*(ready.problem() for _ in range(100)))
    await ready.problem()
    assert write_blocker.groups == 1


async def test_a_server_that_shuts_down_is_not_ready(store: Store) -> None:
    assert await Readiness(store.check, lambda: True).problem() == "the server is going down"


async def test_a_server_that_is_not_ready_logs_the_reason(
    store: Store,
    write_blocker: WriteBlocker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(readiness, "CHECK_WAIT_S", 0.01)
    write_blocker.hold()
    ready = asking_always(store, monkeypatch)
    for _ in range(5):
        await ready.problem()
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["not ready: TimeoutError, the store took longer than 0.01 s"]
