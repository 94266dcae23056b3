"""Why a party takes somebody not in: each check's answer, and the order in which the checks are made."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from lobby.domain.bounds import Bounds
from lobby.domain.commands import JoinParty, PasswordProof
from lobby.domain.model import Departure, Party
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode
from lobby.domain.rules.decide import decide
from lobby.domain.rules.outcome import PasswordToVerify
from lobby.domain.values import LeaveReason, PartyState, Visibility
from lobby.value import changed
from tests.domain.scenes import START, Scene, hashed, player

BOB = player("bob")
Case = tuple[Party, JoinParty]
Obstacle = Callable[[Case], Case]


def with_party(**changes: Any) -> Obstacle:
    return lambda case: (changed(case[0], **changes), case[1])


def with_settings(**changes: Any) -> Obstacle:
    return lambda case: (changed(case[0], settings=changed(case[0].settings, **changes)), case[1])


def with_command(**changes: Any) -> Obstacle:
    return lambda case: (case[0], changed(case[1], **changes))


def gone(reason: LeaveReason) -> Obstacle:
    return with_party(departures=(Departure("bob", reason, START, 1),))


def in_state(state: PartyState, allow_late_join: bool) -> Obstacle:
    def hindered(case: Case) -> Case:
        return with_settings(allow_late_join=allow_late_join)(with_party(state=state)(case))

    return hindered


def class_taken(case: Case) -> Case:
    party, command = with_settings(unique_classes=True)(case)
    members = tuple(changed(member, character_class="Mage") for member in party.members)
    return changed(party, members=members), changed(command, character_class="Mage")


IN_ORDER: tuple[tuple[RejectionCode, str, Obstacle], ...] = (
    (RejectionCode.NOT_FOUND, "", with_settings(visibility=Visibility.PRIVATE)),
    (RejectionCode.PARTY_CLOSED, "state", with_party(state=PartyState.CLOSED)),
    (RejectionCode.BANNED, "departure", gone(LeaveReason.BANNED)),
    (RejectionCode.KICK_COOLDOWN, "departure", gone(LeaveReason.KICKED)),
    (RejectionCode.PARTY_LOCKED, "", with_settings(locked=True)),
    (RejectionCode.WRONG_PASSWORD, "", with_settings(password_hash=hashed("right"))),
    (RejectionCode.PARTY_STARTING, "state", in_state(PartyState.STARTING, allow_late_join=True)),
    (RejectionCode.LATE_JOIN_DENIED, "state", in_state(PartyState.IN_PROGRESS, allow_late_join=False)),
    (RejectionCode.PARTY_FULL, "", with_settings(max_members=1)),
    (RejectionCode.INVALID_INPUT, "class", with_command(character_class="\0")),
    (RejectionCode.CLASS_TAKEN, "class", class_taken),
    (RejectionCode.ALREADY_IN_PARTY, "", with_command(elsewhere=True)),
)
"""Each check's code, what of the case it takes for itself (two that take the same can't meet), and what makes it fail."""

MEETINGS = [
    pytest.param(first, second, id=f"{first[0].value}-{second[0].value}")
    for first, second in combinations(IN_ORDER, 2)
    if not first[1] or first[1] != second[1]
]


def refused(party: Party, command: JoinParty) -> Rejection:
    decision = decide(party, command, START, Bounds())
    assert isinstance(decision, Rejection)
    return decision


@pytest.mark.parametrize(("first", "second"), MEETINGS)
def test_the_earlier_check_answers(
    first: tuple[RejectionCode, str, Obstacle], second: tuple[RejectionCode, str, Obstacle]
) -> None:
    case = second[2](first[2]((Scene("ann").party, JoinParty(BOB))))

    assert refused(*case).code is first[0]


@pytest.mark.parametrize("obstacle", [pytest.param(check, id=check[0].value) for check in IN_ORDER])
def test_each_check_answers_with_its_own_code(obstacle: tuple[RejectionCode, str, Obstacle]) -> None:
    assert refused(*obstacle[2]((Scene("ann").party, JoinParty(BOB)))).code is obstacle[0]


def test_the_id_of_a_private_party_answers_like_an_unknown_one() -> None:
    assert Scene("ann", visibility=Visibility.PRIVATE).refusal(JoinParty(BOB)) == NOT_FOUND


def test_a_closed_private_party_answers_its_id_like_an_unknown_one() -> None:
    scene = Scene("ann", "bob", visibility=Visibility.PRIVATE).disbands()

    assert scene.refusal(JoinParty(player("cid"))) == NOT_FOUND


def test_the_code_of_a_closed_party_says_so() -> None:
    scene = Scene("ann", visibility=Visibility.PRIVATE).disbands()
    refusal = scene.refusal(JoinParty(BOB, by_code=True))

    assert (refusal.code, refusal.retryable) == (RejectionCode.PARTY_CLOSED, False)


def test_a_banned_player_stays_out_for_the_life_of_the_party() -> None:
    scene = Scene("ann", "bob").kicks("bob", ban=True).after(365 * 86_400)
    refusal = scene.refusal(JoinParty(BOB, by_code=True))

    assert (refusal.code, refusal.retryable, refusal.retry_after_ms) == (RejectionCode.BANNED, False, None)


def test_a_kicked_player_may_come_back_after_a_minute_and_is_told_when() -> None:
    scene = Scene("ann", "bob").kicks("bob").after(59.999)
    refusal = scene.refusal(JoinParty(BOB))

    assert (refusal.code, refusal.retryable, refusal.retry_after_ms) == (RejectionCode.KICK_COOLDOWN, True, 1)
    assert scene.after(0.001).joins("bob").names == ["ann", "bob"]


@pytest.mark.parametrize("reason", [LeaveReason.LEFT, LeaveReason.JOINED_ANOTHER])
def test_whoever_left_may_come_back_at_once(reason: LeaveReason) -> None:
    assert Scene("ann", "bob").leaves("bob", reason).joins("bob").names == ["ann", "bob"]


def test_whoever_timed_out_may_come_back_at_once() -> None:
    assert Scene("ann", "bob").disconnects("bob").after(30).deadlines().joins("bob").names == ["ann", "bob"]


def test_a_locked_party_may_open_again() -> None:
    refusal = Scene("ann", locked=True).refusal(JoinParty(BOB, by_code=True))

    assert (refusal.code, refusal.retryable) == (RejectionCode.PARTY_LOCKED, True)


def test_a_code_does_not_stand_in_for_the_password() -> None:
    refusal = Scene("ann", password="opensesame").refusal(JoinParty(BOB, by_code=True))

    assert (refusal.code, refusal.field, refusal.attempts_left) == (RejectionCode.WRONG_PASSWORD, "password", None)


def test_a_wrong_password_says_how_many_tries_are_left() -> None:
    refusal = Scene("ann", password="opensesame").refusal(JoinParty(BOB, password="opensesami"))

    assert (refusal.code, refusal.field, refusal.attempts_left) == (RejectionCode.WRONG_PASSWORD, "password", 4)


def test_a_password_is_held_against_the_hash_outside_of_the_rules() -> None:
    scene = Scene("ann", password="opensesame")

    assert PasswordToVerify("try", hashed("opensesame")) == decide(
        scene.party, JoinParty(BOB, password="try"), scene.at, scene.bounds
    )


def test_a_proof_against_a_password_changed_meanwhile_does_not_count() -> None:
    scene = Scene("ann", password="opensesame").sets(password="shut")
    stale = JoinParty(BOB, password="opensesame", proof=PasswordProof(hashed("opensesame"), True, 5))

    assert PasswordToVerify("opensesame", hashed("shut")) == decide(scene.party, stale, scene.at, scene.bounds)


def test_a_password_that_has_no_utf8_is_wrong_without_being_hashed() -> None:
    scene = Scene("ann", password="opensesame")

    decision = decide(scene.party, JoinParty(BOB, password="\ud800 open"), scene.at, scene.bounds)

    assert isinstance(decision, Rejection)
    assert (decision.code, decision.field) == (RejectionCode.WRONG_PASSWORD, "password")


def test_a_starting_party_says_when_to_come_again() -> None:
    refusal = Scene("ann").starts().after(2).refusal(JoinParty(BOB))

    assert (refusal.code, refusal.retryable, refusal.retry_after_ms) == (RejectionCode.PARTY_STARTING, True, 3000)


def test_a_party_that_still_allocates_says_to_come_again_at_once() -> None:
    assert Scene("ann").starts().after(9).refusal(JoinParty(BOB)).retry_after_ms == 0


def test_a_running_party_without_late_join_takes_nobody_in_meanwhile() -> None:
    scene = Scene("ann", allow_late_join=False).running()
    refusal = scene.refusal(JoinParty(BOB))

    assert (refusal.code, refusal.retryable) == (RejectionCode.LATE_JOIN_DENIED, True)
    assert scene.completes().joins("bob").names == ["ann", "bob"]


def test_a_full_party_may_have_a_seat_later() -> None:
    refusal = Scene("ann", max_members=1).refusal(JoinParty(BOB))

    assert (refusal.code, refusal.retryable) == (RejectionCode.PARTY_FULL, True)


def test_a_class_that_another_member_has_is_taken_where_classes_are_unique() -> None:
    scene = Scene("ann", unique_classes=True).chooses("ann", "Mage")
    refusal = scene.refusal(JoinParty(BOB, character_class="Mage"))

    assert (refusal.code, refusal.field, refusal.retryable) == (RejectionCode.CLASS_TAKEN, "character_class", True)


def test_no_class_is_never_taken() -> None:
    assert Scene("ann", unique_classes=True).joins("bob", "cid").names == ["ann", "bob", "cid"]


def test_a_player_with_a_seat_elsewhere_is_told_to_leave_it() -> None:
    refusal = Scene("ann").refusal(JoinParty(BOB, elsewhere=True))

    assert (refusal.code, refusal.retryable) == (RejectionCode.ALREADY_IN_PARTY, False)


def test_a_refused_join_shows_nothing_of_the_party_to_whom_it_keeps_out() -> None:
    for scene in (Scene("ann", "bob").kicks("bob", ban=True), Scene("ann", locked=True), Scene("ann", max_members=1)):
        assert scene.refusal(JoinParty(BOB)).current is None
