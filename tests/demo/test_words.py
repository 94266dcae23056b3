"""Each event of the contract has words of its own in the demo."""

from __future__ import annotations

from graphql import GraphQLInterfaceType, build_schema

from lobby.demo.words import WORDS, in_words
from tests.needs import ROOT

NEVER_SHOWN = {"Heartbeat"}


def test_every_event_of_the_contract_has_words() -> None:
    contract = build_schema((ROOT / "tests/contract/contract.graphql").read_text(encoding="utf-8"))
    interface = contract.type_map["PartyEvent"]
    assert isinstance(interface, GraphQLInterfaceType)
    events = {kind.name for kind in contract.get_possible_types(interface)}
    assert events - NEVER_SHOWN == WORDS.keys()


def test_an_event_of_a_newer_server_is_told_by_its_name() -> None:
    assert in_words({"__typename": "DragonWoke"}) == "DragonWoke"
