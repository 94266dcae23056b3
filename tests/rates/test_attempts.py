"""Counting attempts, and forgetting them: in one process, and over all nodes of a store."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chaos.valkey.server import ValkeyServer
from lobby.rates.attempts import KEYS_KEPT_MAX, PASSWORDS_MAX, WINDOW_MS, Attempts, LocalAttempts
from lobby.stores.valkey.address import Address
from lobby.stores.valkey.attempts import SharedAttempts
from lobby.stores.valkey.opening import linked

EVE = ("eve", "party")


@pytest.fixture(params=["local", "shared"])
async def made(request: pytest.FixtureRequest) -> AsyncIterator[Attempts]:
    """None so far."""
    if request.param == "local":
        yield LocalAttempts(PASSWORDS_MAX)
        return
    server: ValkeyServer = request.getfixturevalue("valkey")
    link = linked(Address.read(server.url))
    yield SharedAttempts(link, "test", PASSWORDS_MAX, WINDOW_MS)
    await link.close()


async def test_nodes_count_together(valkey: ValkeyServer) -> None:
    links = [linked(Address.read(valkey.url)) for _ in range(2)]
    nodes = [SharedAttempts(link, "password", 3, WINDOW_MS) for link in links]
    waits = [await nodes[number % 2].take(EVE, number) for number in range(4)]
    other = await SharedAttempts(links[0], "guest", 3, WINDOW_MS).left(EVE, 3)
    for link in links:
        await link.close()

    assert (waits, other) == ([0, 0, 0, WINDOW_MS - 3], 3)


async def test_five_are_taken_and_the_sixth_waits_for_the_first_to_be_forgotten(made: Attempts) -> None:
    taken = [await made.take(EVE, at) for at in range(PASSWORDS_MAX)]

    assert (taken, await made.take(EVE, 100)) == ([0] * PASSWORDS_MAX, WINDOW_MS - 100)


async def test_asking_how_long_to_wait_takes_none(made: Attempts) -> None:
    for at in range(PASSWORDS_MAX):
        assert await made.wait_ms(EVE, at) == 0
        await made.take(EVE, at)

    assert [await made.wait_ms(EVE, 100) for _ in range(2)] == [WINDOW_MS - 100] * 2


async def test_they_are_forgotten_one_by_one(made: Attempts) -> None:
    for at in range(PASSWORDS_MAX):
        await made.take(EVE, at)

    assert [await made.left(EVE, WINDOW_MS + at) for at in range(PASSWORDS_MAX)] == [1, 2, 3, 4, 5]


async def test_a_right_one_is_given_back(made: Attempts) -> None:
    await made.take(EVE, 0)
    await made.was_right(EVE)

    assert await made.left(EVE, 0) == PASSWORDS_MAX


async def test_giving_back_what_was_never_taken_does_nothing(made: Attempts) -> None:
    await made.was_right(EVE)

    assert await made.left(EVE, 0) == PASSWORDS_MAX


async def test_what_is_remembered_is_bounded_and_the_longest_silent_goes_first() -> None:
    made = LocalAttempts(PASSWORDS_MAX)
    await made.take(("first", "party"), 0)
    for number in range(KEYS_KEPT_MAX):
        await made.take((str(number), "party"), 1)

    assert [await made.left((name, "party"), 1) for name in ("first", str(KEYS_KEPT_MAX - 1))] == [5, 4]
