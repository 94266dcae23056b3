"""Answers that show a party differently from the log are found."""

from __future__ import annotations

from tests.lobby.domain.scenes import Scene
from tests.tools.chaos.recorded_run import RecordedRun, conversation
from tools.chaos.checks.contents import difference
from tools.chaos.violation import Kind


def test_a_party_as_the_log_has_it_is_no_violation() -> None:
    run = conversation()
    run.add_observation("bob", 4)
    run.add_observation("a stranger", 4)

    assert run.verdict().violations == []


def test_a_party_that_differs_from_the_log_is_found() -> None:
    run = conversation()
    run.add_observation("bob", 4, lambda party: party.update(state="STARTING"))

    assert {Kind.CONTENT} == run.violation_kinds()


def test_a_join_code_that_a_stranger_was_shown_is_found() -> None:
    run = conversation()
    run.add_observation("a stranger", 4, lambda party: party.update(joinCode="BCDFGH"))

    assert {Kind.CONTENT} == run.violation_kinds()


def test_a_party_in_the_middle_of_a_step_is_found() -> None:
    run = RecordedRun(Scene("ann", "bob").leaves("ann"))
    run.add_mutation("CreateParty", 1, run.entries[0].party.settings.name)
    run.add_mutation("JoinByCode", 2)
    run.add_mutation("LeaveParty", 3)
    run.add_observation("bob", 3)

    assert {Kind.HALF} == run.violation_kinds()


def test_a_party_without_a_log_is_found() -> None:
    run = conversation()
    run.evidence.begin_stream("bob", "elsewhere", "bob's phone")

    assert {Kind.LOST} == run.violation_kinds()


def test_a_difference_is_described_with_its_path() -> None:
    expected = {"party": {"members": [{"ready": False}]}}

    assert difference(expected, {"party": {"members": [{"ready": False}]}}) is None
    assert (
        difference(expected, {"party": {"members": [{"ready": True}]}}) == "party.members[0].ready is True, not False"
    )
    assert difference(expected, {"party": {"members": []}}) == "party.members is [], not [{'ready': False}]"
    assert difference(expected, {"other": 1}) == "other is 1, not expected"
