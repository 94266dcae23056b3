"""Frozen values: equality, copies with changed fields, and the garbage collector."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from lobby.domain.values import PartyState
from lobby.struct import replace
from tests.lobby.domain.scenes import Scene


def value_of_each_kind() -> list[Any]:
    party = Scene("ann", "bob").running().party
    return [party, party.members[0], party.settings, party.session]


def test_without_a_change_the_copy_equals_the_original() -> None:
    for value in value_of_each_kind():
        copy = replace(value)
        assert copy == value
        assert hash(copy) == hash(value)
        assert copy is not value


def test_a_change_is_in_the_copy_alone() -> None:
    party = Scene("ann").party
    copy = replace(party, state=PartyState.CLOSED, term=9)

    assert (copy.state, copy.term) == (PartyState.CLOSED, 9)
    assert replace(copy, state=party.state, term=party.term) == party
    assert (party.state, party.term) == (PartyState.WAITING, 1)


def test_no_field_of_a_value_can_be_set_or_added() -> None:
    for value in value_of_each_kind():
        with pytest.raises(AttributeError):
            setattr(value, value.__struct_fields__[0], None)
        with pytest.raises(AttributeError):
            value.colour = "red"


def test_replacing_an_unknown_field_fails() -> None:
    with pytest.raises(TypeError, match="colour"):
        replace(Scene("ann").party, colour="red")


def test_the_garbage_collector_does_not_track_values() -> None:
    assert not any(map(gc.is_tracked, value_of_each_kind()))
