"""Values of the core: frozen, compared by their fields, copied with some of them changed."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from lobby.domain.values import PartyState
from lobby.value import changed
from tests.domain.scenes import Scene


def value_of_each_kind() -> list[Any]:
    party = Scene("ann", "bob").running().party
    return [party, party.members[0], party.settings, party.session]


def test_without_a_change_the_copy_equals_the_original() -> None:
    for value in value_of_each_kind():
        copy = changed(value)
        assert copy == value
        assert hash(copy) == hash(value)
        assert copy is not value


def test_a_change_is_in_the_copy_alone() -> None:
    party = Scene("ann").party
    copy = changed(party, state=PartyState.CLOSED, term=9)

    assert (copy.state, copy.term) == (PartyState.CLOSED, 9)
    assert changed(copy, state=party.state, term=party.term) == party
    assert (party.state, party.term) == (PartyState.WAITING, 1)


def test_no_field_of_a_value_can_be_set_or_added() -> None:
    for value in value_of_each_kind():
        with pytest.raises(AttributeError):
            setattr(value, value.__struct_fields__[0], None)
        with pytest.raises(AttributeError):
            value.colour = "red"


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        changed(Scene("ann").party, colour="red")


def test_the_garbage_collector_passes_values_over() -> None:
    assert not any(map(gc.is_tracked, value_of_each_kind()))
