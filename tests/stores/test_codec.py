"""What is written is read back as it was."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobby.domain.events import Event, MemberLeft
from lobby.domain.model import Party, Session
from lobby.ports import IdempotencyRecord, RefreshFamily
from lobby.stores.codec import (
    Reader,
    Unreadable,
    event_kind,
    read_event,
    read_family,
    read_party,
    read_record,
    read_session,
    written,
)
from tests.stores.values import any_of


@settings(deadline=None, max_examples=60)
@given(st.data(), st.sampled_from(get_args(Event)))
def test_every_kind_of_event_is_read_back(data: st.DataObject, kind: type[Event]) -> None:
    event = data.draw(any_of(kind))
    assert event == read_event(event_kind(event), written(event))


@settings(deadline=None, max_examples=30)
@given(st.data(), st.sampled_from(((Party, read_party), (Session, read_session))))
def test_a_snapshot_is_read_back(data: st.DataObject, case: tuple[type[object], Reader[object]]) -> None:
    kind, read = case
    value = data.draw(any_of(kind))
    assert value == read(written(value))


@settings(deadline=None, max_examples=60)
@given(any_of(IdempotencyRecord), any_of(RefreshFamily))
def test_records_and_families_are_read_back(record: IdempotencyRecord, family: RefreshFamily) -> None:
    assert record == read_record(written(record))
    assert family == read_family(written(family))


def test_a_kind_of_a_newer_version_is_refused_by_its_name() -> None:
    with pytest.raises(Unreadable, match="PartyTeleported"):
        read_event("PartyTeleported", "{}")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"player": 1}', '{"player":{"id":"a","display_name":"A"},"reason":"FLED"}']
)
def test_what_does_not_fit_its_kind_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_event(MemberLeft.__name__, text)
