"""A mutation that was lost, doubled or halved is found."""

from __future__ import annotations

from chaos.checks.violation import Kind
from tests.chaos.played import Played, renumbered, talk
from tests.domain.scenes import Scene


def began(scene: Scene) -> Played:
    """`scene`, which ann began, and bob joined where he is in it."""
    played = Played(scene)
    played.did("CreateParty", 1, played.entries[0].party.settings.name)
    if played.entries[1:] and played.entries[1].actor_id == "bob":
        played.did("JoinByCode", 2)
    return played


def test_all_that_was_done_is_accounted_for() -> None:
    verdict = talk().verdict()

    assert (verdict.violations, verdict.accounted) == ([], 7)


def test_an_acknowledged_mutation_that_is_not_in_the_log_is_found() -> None:
    played = talk()
    del played.entries[-1]

    assert {Kind.LOST} == played.kinds()


def test_a_lost_mutation_is_found_where_another_entry_took_its_number() -> None:
    played = talk()
    lost = played.entries.pop(3)
    played.entries = renumbered(played.entries)

    assert lost.actor_id is not None
    assert Kind.LOST in played.kinds()


def test_a_mutation_that_is_in_the_log_twice_is_found() -> None:
    played = talk()
    played.entries = renumbered([*played.entries, played.entries[-1]])

    assert {Kind.DOUBLED} == played.kinds()


def test_an_act_that_nobody_asked_for_is_found() -> None:
    played = talk()
    played.evidence.acts.pop()

    assert {Kind.DOUBLED} == played.kinds()


def test_a_mutation_without_a_mark_that_was_done_twice_is_found() -> None:
    played = began(Scene("ann", "bob").ready("bob").after(1).ready("bob", ready=False).after(1).ready("bob"))
    played.did("SetReady", 3, ready=True)
    played.did("SetReady", 4, ready=False)

    assert {Kind.DOUBLED} == played.kinds()


def test_an_answer_that_names_the_wrong_entry_is_found() -> None:
    played = talk()
    act = played.evidence.acts[-1]
    act.answers.clear()
    played.answered(act, 5)

    assert {Kind.LOST, Kind.DOUBLED} == played.kinds()


def test_an_answer_may_name_the_last_entry_of_its_step() -> None:
    """Who leads and leaves, leaves a change of leader behind."""
    played = began(Scene("ann", "bob").leaves("ann"))
    act = played.did("LeaveParty", 3)
    act.answers.clear()
    played.answered(act, 4)

    assert played.verdict().violations == []


def test_wishing_for_what_is_so_already_changes_nothing_and_is_sound() -> None:
    played = began(Scene("ann", "bob").ready("bob"))
    played.did("SetReady", 3, ready=True)
    played.did("SetReady", 3, ready=True)
    verdict = played.verdict()

    assert (verdict.violations, verdict.unchanged) == ([], 1)


def test_an_acknowledgement_of_what_is_not_so_is_found() -> None:
    played = began(Scene("ann", "bob").ready("bob"))
    played.did("SetReady", 3, ready=True)
    played.did("SetReady", 3, ready=False)

    assert {Kind.LOST} == played.kinds()


def test_a_refused_act_whose_lost_copy_went_through_later_is_sound() -> None:
    played = talk()
    act = played.evidence.acts[-1]
    act.answers.clear()
    act.unanswered = 1
    played.refused(act)

    assert played.verdict().violations == []


def test_a_refused_act_whose_every_copy_was_answered_must_not_be_in_the_log() -> None:
    played = talk()
    act = played.evidence.acts[-1]
    act.answers.clear()
    played.refused(act)

    assert {Kind.DOUBLED} == played.kinds()


def test_replayed_answers_that_are_equal_are_sound() -> None:
    played = talk()
    played.answered(played.evidence.acts[-1], 7, replayed=True, after_acceptance=True)

    assert played.verdict().violations == []


def test_a_replayed_answer_that_differs_from_the_first_is_found() -> None:
    played = talk()
    played.answered(played.evidence.acts[-1], 7, replayed=True, word="otherwise")

    assert {Kind.ANSWER} == played.kinds()


def test_two_answers_that_both_claim_to_be_the_first_are_found() -> None:
    played = talk()
    played.answered(played.evidence.acts[-1], 7)

    assert {Kind.DOUBLED} == played.kinds()


def test_a_copy_that_is_refused_after_the_acceptance_is_found() -> None:
    played = talk()
    played.answered(played.evidence.acts[-1], 7, after_acceptance=True)

    assert Kind.ANSWER in played.kinds()


def test_an_act_that_was_never_answered_is_found() -> None:
    played = talk()
    played.evidence.begin_act("ann", "LeaveParty", {"partyId": played.party_id}, None)

    assert {Kind.LOST} == played.kinds()


def test_half_of_a_step_is_found() -> None:
    """The last member has gone, and the party was never closed."""
    played = began(Scene("ann").leaves("ann"))
    played.did("LeaveParty", 2)
    assert played.verdict().violations == []

    del played.entries[-1]

    assert {Kind.HALF} == played.kinds()


def test_a_kick_and_its_session_are_one_act() -> None:
    scene = Scene("ann", "bob").running().after(1).kicks("bob")
    played = began(scene)
    played.did("StartSession", 3)
    played.did("KickMember", len(scene.log), playerId="bob")

    assert played.verdict().violations == []


def test_each_deed_of_a_session_has_its_act() -> None:
    scene = Scene("ann", "bob").running().after(1).joins("cat").after(1).completes()
    played = began(scene)
    played.did("StartSession", 3)
    played.did("JoinById", 6)

    assert played.verdict().violations == []


def test_disbanding_is_one_act_however_many_go() -> None:
    scene = Scene("ann", "bob").running().after(1).disbands()
    played = began(scene)
    played.did("StartSession", 3)
    played.did("DisbandParty", len(scene.log))

    assert played.verdict().violations == []
