"""Whatever shows a party shows it as the log has it."""

from __future__ import annotations

from chaos.checks.difference import difference
from chaos.checks.violation import Kind
from tests.chaos.played import Played, talk
from tests.domain.scenes import Scene


def test_a_party_as_it_was_is_sound() -> None:
    played = talk()
    played.looked("bob", 4)
    played.looked("a stranger", 4)

    assert played.verdict().violations == []


def test_a_party_that_never_was_so_is_found() -> None:
    played = talk()
    played.looked("bob", 4, lambda party: party.update(state="STARTING"))

    assert {Kind.CONTENT} == played.kinds()


def test_a_join_code_in_the_hands_of_a_stranger_is_found() -> None:
    played = talk()
    played.looked("a stranger", 4, lambda party: party.update(joinCode="BCDFGH"))

    assert {Kind.CONTENT} == played.kinds()


def test_a_party_in_the_midst_of_a_step_is_found() -> None:
    played = Played(Scene("ann", "bob").leaves("ann"))
    played.did("CreateParty", 1, played.entries[0].party.settings.name)
    played.did("JoinByCode", 2)
    played.did("LeaveParty", 3)
    played.looked("bob", 3)

    assert {Kind.HALF} == played.kinds()


def test_a_party_without_a_log_is_found() -> None:
    played = talk()
    played.evidence.begin_stay("bob", "elsewhere", "bob's phone")

    assert {Kind.LOST} == played.kinds()


def test_a_difference_is_told_by_its_place() -> None:
    expected = {"party": {"members": [{"ready": False}]}}

    assert difference(expected, {"party": {"members": [{"ready": False}]}}) is None
    assert (
        difference(expected, {"party": {"members": [{"ready": True}]}}) == "party.members[0].ready is True, not False"
    )
    assert difference(expected, {"party": {"members": []}}) == "party.members is [], not [{'ready': False}]"
    assert difference(expected, {"other": 1}) == "other is 1, not expected"
