"""The table of events covers the contract and the domain, and the expected fields are those of the contract."""

from __future__ import annotations

from typing import get_args

from graphql import GraphQLInterfaceType, GraphQLObjectType, build_schema

from lobby.domain.events import Event
from lobby.domain.viewer_access import AccessLevel
from tests.lobby.domain.scenes import Scene
from tools.chaos.expected_state.events import EVENTS, FRESH_FIELDS, STREAM_FRAMES, contract_type, expected_entry
from tools.chaos.expected_state.party import NOT_SELECTED, expected_party
from tools.chaos.servers.cluster import ROOT

EVENTS_FILE = "tools/chaos/expected_state/events.py"
PARTY_FILE = "tools/chaos/expected_state/party.py"
SCHEMA = build_schema((ROOT / "schema/schema.graphql").read_text(encoding="utf-8"))


def contract_events() -> set[str]:
    interface = SCHEMA.type_map["PartyEvent"]
    assert isinstance(interface, GraphQLInterfaceType)
    return {kind.name for kind in SCHEMA.get_possible_types(interface)}


def fields_of(name: str) -> set[str]:
    kind = SCHEMA.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    return set(kind.fields)


def life_of_a_party() -> Scene:
    scene = (
        Scene("ann", "bob", "cat")
        .invites("ann", "eve", "dan")
        .says("ann", "hello")
        .ready("bob", "cat")
        .running()
        .joins("dan")
        .completes()
    )
    return scene.after(1).kicks("bob").promotes("cat").leaves("ann").disbands()


def test_every_event_of_the_contract_is_known() -> None:
    known = {contract_type(event) for event in EVENTS} | STREAM_FRAMES

    assert not contract_events() - known, f"EVENTS in {EVENTS_FILE} lacks {sorted(contract_events() - known)}"
    assert not known - contract_events(), f"{EVENTS_FILE} has {sorted(known - contract_events())}, the schema does not"


def test_every_event_of_the_domain_is_known() -> None:
    missing = [event.__name__ for event in set(get_args(Event)) - EVENTS.keys()]

    assert not missing, f"EVENTS in {EVENTS_FILE} lacks {missing} of lobby/domain/events.py"


def test_an_expected_entry_has_all_fields_of_its_type() -> None:
    for entry in life_of_a_party().log:
        expected = expected_entry(entry, AccessLevel.INSIDE)
        kind = expected["__typename"]
        differing = fields_of(kind) - FRESH_FIELDS ^ expected.keys() - {"__typename"}

        assert not differing, f"the fields of {kind} in {EVENTS_FILE} differ from the schema: {sorted(differing)}"


def test_an_expected_party_has_all_fields_of_its_types() -> None:
    party = expected_party(Scene("ann", "bob").invites("ann", "eve").running().party, AccessLevel.INSIDE)
    objects = {
        "Party": party,
        "PartySettings": party["settings"],
        "Member": party["members"][0],
        "Session": {**party["session"], "party": None},
        "Player": party["members"][0]["player"],
        "Invite": {**party["invites"][0], "party": None},
    }
    for name, expected in objects.items():
        differing = fields_of(name) - NOT_SELECTED ^ expected.keys()

        assert not differing, f"the fields of {name} in {PARTY_FILE} differ from the schema: {sorted(differing)}"
