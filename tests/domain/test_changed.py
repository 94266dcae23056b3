"""A copy with some fields changed is what `dataclasses.replace` makes of the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lobby.domain.changed import changed
from lobby.domain.values import PartyState
from tests.domain.scenes import Scene


def value_of_each_kind() -> list[Any]:
    party = Scene("ann", "bob").running().party
    return [party, party.members[0], party.settings, party.session]


def test_without_a_change_the_copy_equals_the_original() -> None:
    for value in value_of_each_kind():
        copy = changed(value)
        assert copy == value
        assert copy is not value


def test_a_change_is_in_the_copy_alone() -> None:
    party = Scene("ann").party
    copy = changed(party, state=PartyState.CLOSED, term=9)

    assert copy == replace(party, state=PartyState.CLOSED, term=9)
    assert (party.state, party.term) == (PartyState.WAITING, 1)


def test_the_copy_is_as_frozen_and_as_hashable_as_the_original() -> None:
    copy = changed(Scene("ann").party, term=9)

    assert hash(copy) == hash(replace(copy))
    with pytest.raises(AttributeError):
        copy.term = 10  # type: ignore[misc]


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises(KeyError):
        changed(Scene("ann").party, colour="red")
