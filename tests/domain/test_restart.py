"""Deadlines survive a restart, with at least one full grace from the moment the server is up again."""

from __future__ import annotations

from lobby.domain.events import LeaderChanged, MemberConnectionChanged, PartyClosed
from lobby.domain.values import CloseReason, LeaderChangeReason
from tests.domain.scenes import Scene, player


def test_a_grace_that_ended_while_the_server_was_down_is_given_again_in_full() -> None:
    scene = Scene("ann", "bob").disconnects("bob").after(300)
    up_since = scene.at

    assert scene.deadlines(up_since).events == [MemberConnectionChanged("bob", up_since + 30_000)]
    assert scene.after(29.999).deadlines(up_since).names == ["ann", "bob"]
    assert scene.after(0.001).deadlines(up_since).names == ["ann"]


def test_the_grace_given_again_is_that_of_the_state() -> None:
    scene = Scene("ann", "bob").running().disconnects("bob").after(300)

    assert scene.deadlines(scene.at).member("bob").remove_at == scene.at + 120_000


def test_a_grace_that_would_end_sooner_than_a_full_one_is_lengthened() -> None:
    scene = Scene("ann", "bob").disconnects("bob").after(20)
    up_since = scene.at

    assert scene.after(10).deadlines(up_since).member("bob").remove_at == up_since + 30_000


def test_a_disconnect_after_the_start_has_had_its_full_grace_already() -> None:
    scene = Scene("ann", "bob", countdown_s=30).starts(force=True)
    up_since = scene.at

    assert scene.after(5).disconnects("bob").cancels().after(10).deadlines(up_since).names == ["ann"]


def test_everyone_is_given_a_grace_again_at_once() -> None:
    scene = Scene("ann", "bob").disconnects("ann", "bob").after(300)
    scene.deadlines(scene.at)

    assert scene.events == [MemberConnectionChanged(name, scene.at + 30_000) for name in ("ann", "bob")]


def test_back_within_the_grace_given_again_keeps_the_seat() -> None:
    scene = Scene("ann", "bob").disconnects("bob").after(300)
    up_since = scene.at

    assert scene.deadlines(up_since).after(20).returns("bob").after(60).deadlines(up_since).names == ["ann", "bob"]


def test_a_leader_has_10_s_again_to_keep_the_lead() -> None:
    scene = Scene("ann", "bob").running().disconnects("ann").after(5).completes().after(4)
    up_since = scene.at

    assert scene.after(9.999).deadlines(up_since).events == []
    assert scene.after(0.001).deadlines(up_since).events == [
        LeaderChanged(player("ann"), player("bob"), LeaderChangeReason.LEADER_DISCONNECTED, 2)
    ]


def test_a_party_idle_for_6_h_meanwhile_has_a_grace_to_be_found_again() -> None:
    scene = Scene("ann").after(7 * 3600)
    up_since = scene.at

    assert scene.after(29.999).deadlines(up_since).events == []
    assert scene.after(0.001).deadlines(up_since).events[-1] == PartyClosed(CloseReason.EXPIRED, ("ann",))


def test_a_party_that_nobody_has_joined_is_given_its_grace_again() -> None:
    scene = Scene().after(300)

    assert scene.deadlines(scene.at).events == []
