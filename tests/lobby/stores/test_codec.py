"""Encoded values decode to equal values."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobby.domain.events import Event, MemberJoined, MemberLeft, SessionStarted
from lobby.domain.inbox import INBOX_EVENT_KINDS, InboxEvent
from lobby.domain.model import Party, Player, Session
from lobby.domain.saved_runs import SavedRun
from lobby.ports import IdempotencyRecord, RefreshFamily
from lobby.stores.codec import (
    JsonReader,
    Unreadable,
    event_kind,
    read_event,
    read_family,
    read_inbox_event,
    read_party,
    read_record,
    read_saved_run,
    read_session,
    to_json,
)
from lobby.struct import replace
from tests.lobby.domain.scenes import Scene
from tests.lobby.stores.values import any_of


@settings(deadline=None, max_examples=60)
@given(st.data(), st.sampled_from(get_args(Event)))
def test_every_kind_of_event_is_read_back(data: st.DataObject, kind: type[Event]) -> None:
    event = data.draw(any_of(kind))
    assert event == read_event(event_kind(event), to_json(event))


@settings(deadline=None, max_examples=30)
@given(st.data(), st.sampled_from(INBOX_EVENT_KINDS))
def test_every_kind_of_event_of_an_inbox_is_read_back(data: st.DataObject, kind: type[InboxEvent]) -> None:
    event = data.draw(any_of(kind))
    assert event == read_inbox_event(event_kind(event), to_json(event))


@settings(deadline=None, max_examples=30)
@given(st.data(), st.sampled_from(((Party, read_party), (Session, read_session))))
def test_a_snapshot_is_read_back(data: st.DataObject, case: tuple[type[object], JsonReader[object]]) -> None:
    kind, read = case
    value = data.draw(any_of(kind))
    assert value == read(to_json(value))


@settings(deadline=None, max_examples=60)
@given(any_of(IdempotencyRecord), any_of(RefreshFamily), any_of(SavedRun))
def test_records_families_and_runs_are_read_back(
    record: IdempotencyRecord, family: RefreshFamily, run: SavedRun
) -> None:
    assert record == read_record(to_json(record))
    assert family == read_family(to_json(family))
    assert run == read_saved_run(to_json(run))


def test_what_was_stored_before_there_were_versions_teams_seeds_hosts_and_saved_runs_is_read() -> None:
    party = Scene("ann", "bob").running().party
    running = replace(party.session, seats=(), first_seq=None) if party.session is not None else None
    members = tuple(replace(member, first_seq=1) for member in party.members)
    new = to_json(replace(party, session=running, members=members))
    absent = "client_version|team|seed|endpoint_at|go_at|first_seq|last_seq|attested_by|checkpoint|continues|host"
    absent += "|host_away_since|migration"
    empty = rf'"({absent})":null|"(teams|load_wait_s)":0|"(seats|loaded|reservations|pings|waiting)":\[\]'
    old = re.sub(f",({empty})", "", new)
    added = (
        "client_version",
        "team",
        "teams",
        "seats",
        "seed",
        "load_wait_s",
        "endpoint_at",
        "loaded",
        "go_at",
        "checkpoint",
        "reservations",
        "continues",
        "host",
        "migration",
        "pings",
        "waiting",
    )
    assert not any(f'"{name}"' in old for name in added)
    assert read_party(old) == read_party(new)
    assert read_event("SessionStarted", '{"endpoint":null,"allocation":null}') == SessionStarted(None)
    joined = read_event(
        "MemberJoined", '{"player":{"id":"a","display_name":"A"},"character_class":null,"late_join":false}'
    )
    assert joined == MemberJoined(Player("a", "A"), None, False)


def test_fields_with_their_default_are_left_out_and_read_all_the_same() -> None:
    party = Scene("ann").party
    text = to_json(party)
    assert '"session"' not in text
    assert '"ready_for"' not in text
    assert read_party(text[:-1] + ',"session":null,"forced":false,"departures":[]}') == read_party(text) == party


def test_an_unknown_kind_of_event_is_named_in_the_error() -> None:
    with pytest.raises(Unreadable, match="PartyTeleported"):
        read_event("PartyTeleported", "{}")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"player": 1}', '{"player":{"id":"a","display_name":"A"},"reason":"FLED"}']
)
def test_text_that_does_not_fit_its_kind_is_rejected(text: str) -> None:
    with pytest.raises(Unreadable):
        read_event(MemberLeft.__name__, text)
