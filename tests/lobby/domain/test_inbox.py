"""Which events of a party come into whose inbox."""

from __future__ import annotations

from dataclasses import dataclass

from lobby.domain import commands as c
from lobby.domain.events import Entry
from lobby.domain.inbox import InboxEvent, MembershipChanged, WaitingUpdated, inbox_posts
from lobby.domain.model import Party
from lobby.domain.values import LeaveReason
from tests.lobby.domain.scenes import Scene, player


@dataclass
class LastStep:
    """The entries of the last step of a scene, as a commit has them."""

    before: Party | None
    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, scene: Scene) -> LastStep:
        count = len(scene.log) - len(scene.entries)
        return cls(scene.log[count - 1].party if count else None, scene.entries)


def posts(*steps: LastStep) -> list[tuple[str, InboxEvent]]:
    return [(post.player_id, post.event) for post in inbox_posts(steps)]


def test_the_creator_of_a_party_has_come_into_it() -> None:
    scene = Scene("ann")
    assert posts(LastStep(None, (scene.log[0],))) == [("ann", MembershipChanged(scene.party.id))]


def test_a_party_without_a_first_member_concerns_nobody() -> None:
    assert posts(LastStep(None, (Scene().log[0],))) == []


def test_who_joins_or_leaves_is_told_and_nobody_else() -> None:
    scene = Scene("ann", "bob", "cat")
    party_id = scene.party.id
    assert posts(LastStep.of(scene)) == [("cat", MembershipChanged(party_id))]
    assert posts(LastStep.of(scene.leaves("bob"))) == [("bob", MembershipChanged(party_id, LeaveReason.LEFT))]


def test_a_kick_names_its_reason() -> None:
    scene = Scene("ann", "bob").kicks("bob")
    assert posts(LastStep.of(scene)) == [("bob", MembershipChanged(scene.party.id, LeaveReason.KICKED))]


def test_a_ban_of_a_former_member_changes_no_membership() -> None:
    scene = Scene("ann", "bob").leaves("bob").kicks("bob", ban=True)
    assert scene.entries
    assert posts(LastStep.of(scene)) == []


def test_a_move_is_the_arrival_alone() -> None:
    old, new = Scene("ann", "bob"), Scene("cat")
    left = LastStep.of(old.leaves("bob", LeaveReason.JOINED_ANOTHER))
    assert posts(left) == [("bob", MembershipChanged(old.party.id, LeaveReason.JOINED_ANOTHER))]
    assert posts(left, LastStep.of(new.joins("bob"))) == [("bob", MembershipChanged(new.party.id))]


def test_a_player_who_waits_for_a_seat_is_told_of_each_step() -> None:
    scene = Scene("ann", "bob", max_members=2)
    party_id = scene.party.id
    for name in ("cat", "dee"):
        scene.does(c.JoinParty(player(name), wait=True))
    assert posts(LastStep.of(scene)) == [("dee", WaitingUpdated(party_id, True))]
    scene.leaves("bob").does(c.OfferSeats(("cat", "dee")))
    assert posts(LastStep.of(scene)) == [("cat", WaitingUpdated(party_id, False, scene.at + 20_000))]
    scene.sets(locked=True).after(20).deadlines()
    assert posts(LastStep.of(scene)) == [("cat", WaitingUpdated(party_id, True))]
    scene.sets(locked=False).does(c.OfferSeats(("cat", "dee"))).joins("cat")
    assert posts(LastStep.of(scene)) == [("cat", MembershipChanged(party_id))]
    scene.disbands()
    assert ("dee", WaitingUpdated(party_id, False)) in posts(LastStep.of(scene))
