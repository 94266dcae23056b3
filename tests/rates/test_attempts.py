"""Counting attempts, and forgetting them."""

from __future__ import annotations

from lobby.rates.attempts import KEYS_KEPT_MAX, PASSWORDS_MAX, WINDOW_MS, LocalAttempts

EVE = ("eve", "party")


def attempts() -> LocalAttempts:
    return LocalAttempts(PASSWORDS_MAX)


async def test_five_are_taken_and_the_sixth_waits_for_the_first_to_be_forgotten() -> None:
    made = attempts()
    taken = [await made.take(EVE, at) for at in range(PASSWORDS_MAX)]

    assert (taken, await made.take(EVE, 100)) == ([0] * PASSWORDS_MAX, WINDOW_MS - 100)


async def test_asking_how_long_to_wait_takes_none() -> None:
    made = attempts()
    for at in range(PASSWORDS_MAX):
        assert await made.wait_ms(EVE, at) == 0
        await made.take(EVE, at)

    assert [await made.wait_ms(EVE, 100) for _ in range(2)] == [WINDOW_MS - 100] * 2


async def test_they_are_forgotten_one_by_one() -> None:
    made = attempts()
    for at in range(PASSWORDS_MAX):
        await made.take(EVE, at)

    assert [await made.left(EVE, WINDOW_MS + at) for at in range(PASSWORDS_MAX)] == [1, 2, 3, 4, 5]


async def test_a_right_one_is_given_back() -> None:
    made = attempts()
    await made.take(EVE, 0)
    await made.was_right(EVE)

    assert await made.left(EVE, 0) == PASSWORDS_MAX


async def test_giving_back_what_was_never_taken_does_nothing() -> None:
    made = attempts()
    await made.was_right(EVE)

    assert await made.left(EVE, 0) == PASSWORDS_MAX


async def test_what_is_remembered_is_bounded_and_the_longest_silent_goes_first() -> None:
    made = attempts()
    await made.take(("first", "party"), 0)
    for number in range(KEYS_KEPT_MAX):
        await made.take((str(number), "party"), 1)

    assert [await made.left((name, "party"), 1) for name in ("first", str(KEYS_KEPT_MAX - 1))] == [5, 4]
