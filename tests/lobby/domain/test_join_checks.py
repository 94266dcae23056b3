"""The checks of a player who joins: the rejection of each, and their order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from lobby.domain.bounds import Bounds
from lobby.domain.commands import JoinParty
from lobby.domain.model import Departure, Party
from lobby.domain.passwords import PasswordProof, PasswordToVerify
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode
from lobby.domain.rules.decide import decide
from lobby.domain.values import LeaveReason, PartyState, Visibility
from lobby.struct import replace
from tests.lobby.domain.scenes import START, Scene, hash_password, player

BOB = player("bob")
Case = tuple[Party, JoinParty]
Obstacle = Callable[[Case], Case]


def with_party(**changes: Any) -> Obstacle:
    return lambda case: (replace(case[0], **changes), case[1])


def with_settings(**changes: Any) -> Obstacle:
    return lambda case: (replace(case[0], settings=replace(case[0].settings, **changes)), case[1])


def with_command(**changes: Any) -> Obstacle:
    return lambda case: (case[0], replace(case[1], **changes))


def with_departure(reason: LeaveReason) -> Obstacle:
    return with_party(departures=(Departure("bob", reason, START, 1),))


def in_state(state: PartyState, allow_late_join: bool) -> Obstacle:
    def obstruct(case: Case) -> Case:
        return with_settings(allow_late_join=allow_late_join)(with_party(state=state)(case))

    return obstruct


def with_taken_class(case: Case) -> Case:
    party, command = with_settings(unique_classes=True)(case)
    members = tuple(replace(member, character_class="Mage") for member in party.members)
    return replace(party, members=members), replace(command, character_class="Mage")


CHECKS: tuple[tuple[RejectionCode, str, Obstacle], ...] = (
    (RejectionCode.NOT_FOUND, "", with_settings(visibility=Visibility.PRIVATE)),
    (RejectionCode.PARTY_CLOSED, "state", with_party(state=PartyState.CLOSED)),
    (RejectionCode.VERSION_MISMATCH, "", with_settings(client_version="1.0")),
    (RejectionCode.BANNED, "departure", with_departure(LeaveReason.BANNED)),
    (RejectionCode.KICK_COOLDOWN, "departure", with_departure(LeaveReason.KICKED)),
    (RejectionCode.PARTY_LOCKED, "", with_settings(locked=True)),
    (RejectionCode.WRONG_PASSWORD, "", with_settings(password_hash=hash_password("right"))),
    (RejectionCode.PARTY_STARTING, "state", in_state(PartyState.STARTING, allow_late_join=True)),
    (RejectionCode.LATE_JOIN_DENIED, "state", in_state(PartyState.IN_PROGRESS, allow_late_join=False)),
    (RejectionCode.PARTY_FULL, "", with_settings(max_members=1)),
    (RejectionCode.INVALID_INPUT, "class", with_command(character_class="\0")),
    (RejectionCode.CLASS_TAKEN, "class", with_taken_class),
    (RejectionCode.ALREADY_IN_PARTY, "", with_command(is_in_other_party=True)),
)
"""The code of each check in order, the part of the case that it needs (two checks that need the same part cannot both fail),
and a change of the case that makes it fail."""

PAIRS = [
    pytest.param(first, second, id=f"{first[0].value}-{second[0].value}")
    for first, second in combinations(CHECKS, 2)
    if not first[1] or first[1] != second[1]
]


def rejection_of(party: Party, command: JoinParty) -> Rejection:
    decision = decide(party, command, START, Bounds())
    assert isinstance(decision, Rejection)
    return decision


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_the_earlier_of_two_failing_checks_gives_the_rejection(
    first: tuple[RejectionCode, str, Obstacle], second: tuple[RejectionCode, str, Obstacle]
) -> None:
    case = second[2](first[2]((Scene("ann").party, JoinParty(BOB))))

    assert rejection_of(*case).code is first[0]


@pytest.mark.parametrize("obstacle", [pytest.param(check, id=check[0].value) for check in CHECKS])
def test_each_check_has_its_own_code(obstacle: tuple[RejectionCode, str, Obstacle]) -> None:
    assert rejection_of(*obstacle[2]((Scene("ann").party, JoinParty(BOB)))).code is obstacle[0]


def test_a_private_party_is_not_found_by_its_id() -> None:
    assert Scene("ann", visibility=Visibility.PRIVATE).rejection(JoinParty(BOB)) == NOT_FOUND


def test_a_closed_private_party_is_not_found_by_its_id() -> None:
    scene = Scene("ann", "bob", visibility=Visibility.PRIVATE).disbands()

    assert scene.rejection(JoinParty(player("cid"))) == NOT_FOUND


def test_a_join_by_the_code_of_a_closed_party_says_closed() -> None:
    scene = Scene("ann", visibility=Visibility.PRIVATE).disbands()
    rejection = scene.rejection(JoinParty(BOB, by_code=True))

    assert (rejection.code, rejection.retryable) == (RejectionCode.PARTY_CLOSED, False)


def test_a_ban_does_not_end() -> None:
    scene = Scene("ann", "bob").kicks("bob", ban=True).after(365 * 86_400)
    rejection = scene.rejection(JoinParty(BOB, by_code=True))

    assert (rejection.code, rejection.retryable, rejection.retry_after_ms) == (RejectionCode.BANNED, False, None)


def test_a_kick_has_a_cooldown_of_a_minute() -> None:
    scene = Scene("ann", "bob").kicks("bob").after(59.999)
    rejection = scene.rejection(JoinParty(BOB))

    assert (rejection.code, rejection.retryable, rejection.retry_after_ms) == (RejectionCode.KICK_COOLDOWN, True, 1)
    assert scene.after(0.001).joins("bob").names == ["ann", "bob"]


@pytest.mark.parametrize("reason", [LeaveReason.LEFT, LeaveReason.JOINED_ANOTHER])
def test_a_player_who_left_may_return_at_once(reason: LeaveReason) -> None:
    assert Scene("ann", "bob").leaves("bob", reason).joins("bob").names == ["ann", "bob"]


def test_a_player_who_timed_out_may_return_at_once() -> None:
    assert Scene("ann", "bob").disconnects("bob").after(30).deadlines().joins("bob").names == ["ann", "bob"]


def test_the_rejection_of_a_locked_party_is_retryable() -> None:
    rejection = Scene("ann", locked=True).rejection(JoinParty(BOB, by_code=True))

    assert (rejection.code, rejection.retryable) == (RejectionCode.PARTY_LOCKED, True)


def test_the_join_code_does_not_replace_the_password() -> None:
    rejection = Scene("ann", password="opensesame").rejection(JoinParty(BOB, by_code=True))

    assert (rejection.code, rejection.field, rejection.attempts_left) == (
        RejectionCode.WRONG_PASSWORD,
        "password",
        None,
    )


def test_a_wrong_password_is_rejected_with_the_attempts_left() -> None:
    rejection = Scene("ann", password="opensesame").rejection(JoinParty(BOB, password="opensesami"))

    assert (rejection.code, rejection.field, rejection.attempts_left) == (RejectionCode.WRONG_PASSWORD, "password", 4)


def test_the_rules_ask_the_caller_to_verify_the_password() -> None:
    scene = Scene("ann", password="opensesame")

    assert PasswordToVerify("try", hash_password("opensesame")) == decide(
        scene.party, JoinParty(BOB, password="try"), scene.at, scene.bounds
    )


def test_a_proof_of_an_older_password_does_not_count() -> None:
    scene = Scene("ann", password="opensesame").sets(password="shut")
    stale = JoinParty(BOB, password="opensesame", proof=PasswordProof(hash_password("opensesame"), True, 5))

    assert PasswordToVerify("opensesame", hash_password("shut")) == decide(scene.party, stale, scene.at, scene.bounds)


def test_a_password_without_a_utf8_form_is_wrong_without_hashing() -> None:
    scene = Scene("ann", password="opensesame")

    decision = decide(scene.party, JoinParty(BOB, password="\ud800 open"), scene.at, scene.bounds)

    assert isinstance(decision, Rejection)
    assert (decision.code, decision.field) == (RejectionCode.WRONG_PASSWORD, "password")


def test_a_starting_party_rejects_with_the_time_to_wait() -> None:
    rejection = Scene("ann").starts().after(2).rejection(JoinParty(BOB))

    assert (rejection.code, rejection.retryable, rejection.retry_after_ms) == (RejectionCode.PARTY_STARTING, True, 3000)


def test_an_allocating_party_rejects_with_no_time_to_wait() -> None:
    assert Scene("ann").starts().after(9).rejection(JoinParty(BOB)).retry_after_ms == 0


def test_a_running_party_without_late_join_rejects_joins() -> None:
    scene = Scene("ann", allow_late_join=False).running()
    rejection = scene.rejection(JoinParty(BOB))

    assert (rejection.code, rejection.retryable) == (RejectionCode.LATE_JOIN_DENIED, True)
    assert scene.completes().joins("bob").names == ["ann", "bob"]


def test_the_rejection_of_a_full_party_is_retryable() -> None:
    rejection = Scene("ann", max_members=1).rejection(JoinParty(BOB))

    assert (rejection.code, rejection.retryable) == (RejectionCode.PARTY_FULL, True)


def test_a_class_of_another_member_is_taken_if_classes_are_unique() -> None:
    scene = Scene("ann", unique_classes=True).chooses("ann", "Mage")
    rejection = scene.rejection(JoinParty(BOB, character_class="Mage"))

    assert (rejection.code, rejection.field, rejection.retryable) == (
        RejectionCode.CLASS_TAKEN,
        "character_class",
        True,
    )


def test_a_member_without_a_class_takes_none() -> None:
    assert Scene("ann", unique_classes=True).joins("bob", "cid").names == ["ann", "bob", "cid"]


def test_a_player_with_a_seat_in_another_party_is_rejected() -> None:
    rejection = Scene("ann").rejection(JoinParty(BOB, is_in_other_party=True))

    assert (rejection.code, rejection.retryable) == (RejectionCode.ALREADY_IN_PARTY, False)


def test_a_rejected_join_reveals_nothing_about_the_party() -> None:
    for scene in (Scene("ann", "bob").kicks("bob", ban=True), Scene("ann", locked=True), Scene("ann", max_members=1)):
        assert scene.rejection(JoinParty(BOB)).current is None
