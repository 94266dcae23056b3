"""The state of a party follows from its log."""

from __future__ import annotations

from lobby.domain.events import MemberConnectionChanged, MessagePosted, PartyCreated
from lobby.domain.evolve import append, evolve
from lobby.domain.model import Party
from tests.lobby.domain.scenes import START, Scene, player


def replay(scene: Scene) -> Party:
    party: Party | None = None
    for entry in scene.log:
        party = evolve(party, entry.event, entry.seq, entry.at, entry.actor_id)
        assert party == entry.party
    assert party is not None
    return party


def long_scene() -> Scene:
    scene = Scene("ann", "bob", "cid", password="opensesame").ready("bob", "cid").starts().after(5).begins()
    scene.joins("dee", password="opensesame").kicks("cid").disconnects("ann").after(130).deadlines()
    return (
        scene.completes().sets(difficulty="Hard").says("bob", "again?").starts(force=True).leaves("dee").leaves("bob")
    )


def test_the_events_of_a_log_lead_to_the_same_party() -> None:
    scene = long_scene()

    assert replay(scene) == scene.party
    assert scene.party.is_closed


def test_a_log_begins_with_party_created() -> None:
    assert isinstance(long_scene().log[0].event, PartyCreated)


def test_appended_entries_have_the_next_numbers() -> None:
    scene = Scene("ann", "bob")
    events = [MessagePosted(player("ann"), "one"), MessagePosted(player("bob"), "two")]
    entries = append(scene.party, events, scene.at, "ann")

    assert [(entry.seq, entry.party.version, entry.event) for entry in entries] == [
        (3, 3, events[0]),
        (4, 4, events[1]),
    ]


def test_the_version_and_the_time_of_a_party_are_those_of_its_newest_entry() -> None:
    scene = Scene("ann").after(7).says("ann", "hello")

    assert (scene.party.version, scene.party.changed_at, scene.party.created_at) == (2, START + 7000, START)


def test_times_in_a_log_never_go_back() -> None:
    """The clock of the node that has the next command is 5 ms behind."""
    scene = Scene("ann").after(7).says("ann", "hello")
    (entry,) = append(scene.party, [MessagePosted(player("ann"), "again")], scene.at - 5, "ann")

    assert (entry.at, entry.party.changed_at) == (scene.at, scene.at)


def test_a_moved_deadline_keeps_the_time_of_the_disconnect() -> None:
    scene = Scene("ann", "bob").disconnects("bob")
    gone_at = scene.at
    (moved,) = append(scene.party, [MemberConnectionChanged("bob", gone_at + 90_000)], gone_at + 20_000, None)
    bob = moved.party.member("bob")

    assert bob is not None
    assert (bob.disconnected_at, bob.remove_at) == (gone_at, gone_at + 90_000)
