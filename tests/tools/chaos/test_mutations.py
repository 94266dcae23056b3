"""Mutations that were lost, doubled or executed by half are found."""

from __future__ import annotations

from tests.lobby.domain.scenes import Scene
from tests.tools.chaos.recorded_run import RecordedRun, conversation, renumber
from tools.chaos.violation import Kind


def run_of(scene: Scene) -> RecordedRun:
    """A run of `scene`, with the mutations that created the party and by which bob joined it."""
    run = RecordedRun(scene)
    run.add_mutation("CreateParty", 1, run.entries[0].party.settings.name)
    if run.entries[1:] and run.entries[1].actor_id == "bob":
        run.add_mutation("JoinByCode", 2)
    return run


def test_every_action_in_the_log_is_claimed_by_its_mutation() -> None:
    verdict = conversation().verdict()

    assert (verdict.violations, verdict.accounted) == ([], 7)


def test_an_acknowledged_mutation_that_is_not_in_the_log_is_found() -> None:
    run = conversation()
    del run.entries[-1]

    assert {Kind.LOST} == run.violation_kinds()


def test_a_lost_mutation_is_found_if_another_entry_has_its_seq() -> None:
    run = conversation()
    lost = run.entries.pop(3)
    run.entries = renumber(run.entries)

    assert lost.actor_id is not None
    assert Kind.LOST in run.violation_kinds()


def test_a_mutation_that_is_in_the_log_twice_is_found() -> None:
    run = conversation()
    run.entries = renumber([*run.entries, run.entries[-1]])

    assert {Kind.DOUBLED} == run.violation_kinds()


def test_an_action_that_nobody_asked_for_is_found() -> None:
    run = conversation()
    run.evidence.mutations.pop()

    assert {Kind.DOUBLED} == run.violation_kinds()


def test_a_mutation_without_a_mark_that_was_executed_twice_is_found() -> None:
    run = run_of(Scene("ann", "bob").ready("bob").after(1).ready("bob", ready=False).after(1).ready("bob"))
    run.add_mutation("SetReady", 3, ready=True)
    run.add_mutation("SetReady", 4, ready=False)

    assert {Kind.DOUBLED} == run.violation_kinds()


def test_an_answer_that_names_the_wrong_entry_is_found() -> None:
    run = conversation()
    mutation = run.evidence.mutations[-1]
    mutation.responses.clear()
    run.add_acceptance(mutation, 5)

    assert {Kind.LOST, Kind.DOUBLED} == run.violation_kinds()


def test_an_answer_may_name_the_last_entry_of_its_step() -> None:
    """A leader who leaves causes LeaderChanged in the same step."""
    run = run_of(Scene("ann", "bob").leaves("ann"))
    mutation = run.add_mutation("LeaveParty", 3)
    mutation.responses.clear()
    run.add_acceptance(mutation, 4)

    assert run.verdict().violations == []


def test_a_mutation_that_has_nothing_to_change_is_no_violation() -> None:
    run = run_of(Scene("ann", "bob").ready("bob"))
    run.add_mutation("SetReady", 3, ready=True)
    run.add_mutation("SetReady", 3, ready=True)
    verdict = run.verdict()

    assert (verdict.violations, verdict.unchanged) == ([], 1)


def test_an_acknowledged_mutation_that_left_no_entry_is_found() -> None:
    run = run_of(Scene("ann", "bob").ready("bob"))
    run.add_mutation("SetReady", 3, ready=True)
    run.add_mutation("SetReady", 3, ready=False)

    assert {Kind.LOST} == run.violation_kinds()


def test_a_rejected_mutation_may_be_executed_by_an_unanswered_copy() -> None:
    run = conversation()
    mutation = run.evidence.mutations[-1]
    mutation.responses.clear()
    mutation.unanswered = 1
    run.add_rejection(mutation)

    assert run.verdict().violations == []


def test_a_rejected_mutation_whose_copies_were_all_answered_must_have_no_entry() -> None:
    run = conversation()
    mutation = run.evidence.mutations[-1]
    mutation.responses.clear()
    run.add_rejection(mutation)

    assert {Kind.DOUBLED} == run.violation_kinds()


def test_equal_replayed_answers_are_no_violation() -> None:
    run = conversation()
    run.add_acceptance(run.evidence.mutations[-1], 7, replayed=True, after_acceptance=True)

    assert run.verdict().violations == []


def test_a_replayed_answer_that_differs_from_the_first_is_found() -> None:
    run = conversation()
    run.add_acceptance(run.evidence.mutations[-1], 7, replayed=True, word="otherwise")

    assert {Kind.ANSWER} == run.violation_kinds()


def test_two_answers_that_both_claim_to_be_the_first_are_found() -> None:
    run = conversation()
    run.add_acceptance(run.evidence.mutations[-1], 7)

    assert {Kind.DOUBLED} == run.violation_kinds()


def test_a_copy_that_is_executed_again_after_the_acceptance_is_found() -> None:
    run = conversation()
    run.add_acceptance(run.evidence.mutations[-1], 7, after_acceptance=True)

    assert Kind.ANSWER in run.violation_kinds()


def test_a_mutation_that_was_never_answered_is_found() -> None:
    run = conversation()
    run.evidence.begin_mutation("ann", "LeaveParty", {"partyId": run.party_id}, None)

    assert {Kind.LOST} == run.violation_kinds()


def test_a_step_that_is_in_the_log_by_half_is_found() -> None:
    """The last member has left, and the party was never closed."""
    run = run_of(Scene("ann").leaves("ann"))
    run.add_mutation("LeaveParty", 2)
    assert run.verdict().violations == []

    del run.entries[-1]

    assert {Kind.HALF} == run.violation_kinds()


def test_a_kick_out_of_a_session_is_one_mutation() -> None:
    scene = Scene("ann", "bob").running().after(1).kicks("bob")
    run = run_of(scene)
    run.add_mutation("StartSession", 3)
    run.add_mutation("KickMember", len(scene.log), playerId="bob")

    assert run.verdict().violations == []


def test_a_late_join_and_its_session_are_one_mutation() -> None:
    scene = Scene("ann", "bob").running().after(1).joins("cat").after(1).completes()
    run = run_of(scene)
    run.add_mutation("StartSession", 3)
    run.add_mutation("JoinById", 6)

    assert run.verdict().violations == []


def test_disbanding_is_one_mutation_for_any_number_of_members() -> None:
    scene = Scene("ann", "bob").running().after(1).disbands()
    run = run_of(scene)
    run.add_mutation("StartSession", 3)
    run.add_mutation("DisbandParty", len(scene.log))

    assert run.verdict().violations == []
