"""A move from one party to another is a single step."""

from __future__ import annotations

from lobby.domain.values import LeaveReason
from lobby.struct import replace
from tests.lobby.domain.scenes import Scene
from tools.chaos.checks.between_parties import check_between_parties
from tools.chaos.checks.mutations import Accounting, Claim, check_moves
from tools.chaos.evidence import SentMutation
from tools.chaos.expected_state.histories import Histories, History
from tools.chaos.expected_state.log_actions import LogAction, log_actions
from tools.chaos.expected_state.logs import Log
from tools.chaos.violation import Kind


def left_party() -> Log:
    """The log of the party of ann. With entry 3 bob left it for another party."""
    return Log.replay("old", Scene("ann", "bob").after(1).leaves("bob", LeaveReason.JOINED_ANOTHER).log)


def entered(at: int, party_id: str = "new") -> Claim:
    """Bob's mutation that joined another party, with its action in the log."""
    mutation = SentMutation(1, "bob", "JoinById", {"partyId": party_id, "leaveCurrent": True})
    return Claim(mutation, LogAction(party_id, 2, 2, at, "bob", "join"))


def test_a_move_with_both_halves_is_no_violation() -> None:
    actions = log_actions(left_party())

    assert check_moves(actions, [entered(actions[-1].at - 1)]) == []


def test_a_store_that_is_cut_off_delays_the_second_half() -> None:
    actions = log_actions(left_party())
    assert check_moves(actions, [entered(actions[-1].at - 2_500)]) == []


def test_a_move_that_entered_no_party_is_found() -> None:
    assert [violation.kind for violation in check_moves(log_actions(left_party()), [])] == [Kind.HALF]


def test_two_moves_need_two_entered_parties() -> None:
    actions = log_actions(left_party())

    assert len(check_moves([*actions, actions[-1]], [entered(actions[-1].at)])) == 1


def test_a_party_entered_at_another_time_is_no_half_of_the_move() -> None:
    actions = log_actions(left_party())

    assert len(check_moves(actions, [entered(actions[-1].at + 60_000)])) == 1


def test_a_late_move_is_claimed_by_the_mutation_that_may_move() -> None:
    """Both mutations have a copy without a response, and the mutation that may not leave a party was sent first."""
    old = left_party()
    new = Log.replay("new", [replace(entry, at=old.entries[-1].at) for entry in Scene("cat", "bob").log])
    actions = [*log_actions(old), *log_actions(new)]
    mutations = [
        SentMutation(number, "bob", "JoinById", {"partyId": "new", "leaveCurrent": may_move}, unanswered=1)
        for number, may_move in enumerate([False, True])
    ]
    accounting = Accounting(Histories([History({"old": old, "new": new})]), actions)
    accounting.settle(mutations)

    assert [claim.mutation for claim in accounting.claims] == [mutations[1]]
    assert check_moves(actions, accounting.claims) == []


def test_a_player_in_two_parties_is_found() -> None:
    logs = [Log.replay("one", Scene("ann", "bob").log), Log.replay("two", Scene("cat", "bob").log)]
    named = {violation.text.split()[1] for violation in check_between_parties(logs)}

    assert {"bob", "BCDFGH"} == named  # both scenes have the same join code


def test_one_party_after_the_other_is_no_violation() -> None:
    first, second = Scene("ann").after(1).disbands(), Scene("ann")
    later = [replace(entry, at=entry.at + 5_000) for entry in second.log]

    assert list(check_between_parties([Log.replay("one", first.log), Log.replay("two", later)])) == []
