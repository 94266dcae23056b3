"""Going from one party to another is one step."""

from __future__ import annotations

from chaos.checks.between_parties import between_parties
from chaos.checks.claims import Claim
from chaos.checks.moves import moves
from chaos.checks.violation import Kind
from chaos.evidence.acts import Act
from chaos.truth.deeds import Deed, deeds
from chaos.truth.logs import Log
from lobby.domain.values import LeaveReason
from lobby.value import changed
from tests.domain.scenes import Scene


def left() -> Log:
    """Ann's party, which bob left for another, at the time of entry 3."""
    return Log.folded("old", Scene("ann", "bob").after(1).leaves("bob", LeaveReason.JOINED_ANOTHER).log)


def entered(at: int, party_id: str = "new") -> Claim:
    """Bob's act and deed of joining another party."""
    act = Act(1, "bob", "JoinById", {"partyId": party_id, "leaveCurrent": True})
    return Claim(act, Deed(party_id, 2, 2, at, "bob", "join"))


def test_both_halves_of_a_move_are_sound() -> None:
    done = deeds(left())

    assert moves(done, [entered(done[-1].at - 1)]) == []


def test_leaving_for_nowhere_is_found() -> None:
    assert [violation.kind for violation in moves(deeds(left()), [])] == [Kind.HALF]


def test_one_entering_is_good_for_one_leaving() -> None:
    done = deeds(left())

    assert len(moves([*done, done[-1]], [entered(done[-1].at)])) == 1


def test_entering_at_another_time_is_another_matter() -> None:
    done = deeds(left())

    assert len(moves(done, [entered(done[-1].at + 60_000)])) == 1


def test_a_player_in_two_parties_is_found() -> None:
    logs = [Log.folded("one", Scene("ann", "bob").log), Log.folded("two", Scene("cat", "bob").log)]
    named = {violation.text.split()[1] for violation in between_parties(logs)}

    assert {"bob", "BCDFGH"} == named  # both scenes have the same join code


def test_one_party_after_the_other_is_sound() -> None:
    first, second = Scene("ann").after(1).disbands(), Scene("ann")
    later = [changed(entry, at=entry.at + 5_000) for entry in second.log]

    assert list(between_parties([Log.folded("one", first.log), Log.folded("two", later)])) == []
