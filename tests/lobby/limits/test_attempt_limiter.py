"""The limiter of attempts: on one node, and over all nodes of a store."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from lobby.limits.attempt_limiter import KEYS_KEPT_MAX, PASSWORDS_MAX, WINDOW_MS, AttemptLimiter, LocalAttemptLimiter
from lobby.stores.valkey.address import Address
from lobby.stores.valkey.opening import create_client
from lobby.stores.valkey.shared_presence_and_attempts import SharedAttemptLimiter
from tools.chaos.valkey.server import ValkeyServer

EVE = ("eve", "party")


@pytest.fixture(params=["local", "shared"])
async def limiter(request: pytest.FixtureRequest) -> AsyncIterator[AttemptLimiter]:
    """A limiter without any attempts."""
    if request.param == "local":
        yield LocalAttemptLimiter(PASSWORDS_MAX)
        return
    server: ValkeyServer = request.getfixturevalue("valkey")
    client = create_client(Address.read(server.url))
    yield SharedAttemptLimiter(client, "test", PASSWORDS_MAX, WINDOW_MS)
    await client.close()


async def test_nodes_count_together(valkey: ValkeyServer) -> None:
    links = [create_client(Address.read(valkey.url)) for _ in range(2)]
    nodes = [SharedAttemptLimiter(client, "password", 3, WINDOW_MS) for client in links]
    waits = [await nodes[number % 2].take(EVE, number) for number in range(4)]
    other = await SharedAttemptLimiter(links[0], "guest", 3, WINDOW_MS).left(EVE, 3)
    for client in links:
        await client.close()

    assert (waits, other) == ([0, 0, 0, WINDOW_MS - 3], 3)


async def test_the_sixth_attempt_waits_until_the_first_is_a_minute_old(limiter: AttemptLimiter) -> None:
    taken = [await limiter.take(EVE, at) for at in range(PASSWORDS_MAX)]

    assert (taken, await limiter.take(EVE, 100)) == ([0] * PASSWORDS_MAX, WINDOW_MS - 100)


async def test_wait_ms_counts_no_attempt(limiter: AttemptLimiter) -> None:
    for at in range(PASSWORDS_MAX):
        assert await limiter.wait_ms(EVE, at) == 0
        await limiter.take(EVE, at)

    assert [await limiter.wait_ms(EVE, 100) for _ in range(2)] == [WINDOW_MS - 100] * 2


async def test_attempts_expire_one_by_one(limiter: AttemptLimiter) -> None:
    for at in range(PASSWORDS_MAX):
        await limiter.take(EVE, at)

    assert [await limiter.left(EVE, WINDOW_MS + at) for at in range(PASSWORDS_MAX)] == [1, 2, 3, 4, 5]


async def test_a_refund_restores_the_attempt(limiter: AttemptLimiter) -> None:
    await limiter.take(EVE, 0)
    await limiter.refund(EVE)

    assert await limiter.left(EVE, 0) == PASSWORDS_MAX


async def test_a_refund_without_an_attempt_does_nothing(limiter: AttemptLimiter) -> None:
    await limiter.refund(EVE)

    assert await limiter.left(EVE, 0) == PASSWORDS_MAX


async def test_the_least_recently_used_key_is_forgotten_first() -> None:
    limiter = LocalAttemptLimiter(PASSWORDS_MAX)
    await limiter.take(("first", "party"), 0)
    for number in range(KEYS_KEPT_MAX):
        await limiter.take((str(number), "party"), 1)

    assert [await limiter.left((name, "party"), 1) for name in ("first", str(KEYS_KEPT_MAX - 1))] == [5, 4]
