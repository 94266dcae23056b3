"""Counting guesses, and forgetting them."""

from __future__ import annotations

from lobby.auth.guesses import GUESSES_MAX, PAIRS_KEPT_MAX, WINDOW_MS, Guesses


def test_five_guesses_are_taken_and_the_sixth_waits_for_the_first_to_be_forgotten() -> None:
    guesses = Guesses()
    taken = [guesses.take("eve", "party", at) for at in range(GUESSES_MAX)]
    assert (taken, guesses.take("eve", "party", 100)) == ([None] * GUESSES_MAX, WINDOW_MS - 100)


def test_guesses_are_forgotten_one_by_one() -> None:
    guesses = Guesses()
    for at in range(GUESSES_MAX):
        guesses.take("eve", "party", at)
    assert [guesses.left("eve", "party", WINDOW_MS + at) for at in range(GUESSES_MAX)] == [1, 2, 3, 4, 5]


def test_a_right_guess_is_given_back() -> None:
    guesses = Guesses()
    guesses.take("eve", "party", 0)
    guesses.was_right("eve", "party")
    assert guesses.left("eve", "party", 0) == GUESSES_MAX


def test_giving_back_what_was_never_taken_does_nothing() -> None:
    guesses = Guesses()
    guesses.was_right("eve", "party")
    assert guesses.left("eve", "party", 0) == GUESSES_MAX


def test_what_is_remembered_is_bounded_and_the_longest_silent_goes_first() -> None:
    guesses = Guesses()
    guesses.take("first", "party", 0)
    for number in range(PAIRS_KEPT_MAX):
        guesses.take(str(number), "party", 1)
    assert [guesses.left(name, "party", 1) for name in ("first", str(PAIRS_KEPT_MAX - 1))] == [5, 4]
