"""The deadlines of a party, and what happens to them while the server is down."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lobby.domain.events import LeaderChanged, MemberConnectionChanged, PartyClosed
from lobby.domain.rules.presence_and_deadlines import next_deadline
from lobby.domain.values import CloseReason, LeaderChangeReason
from tests.lobby.domain.scenes import Scene, player


def in_s(scene: Scene, after_s: float | None = None) -> float | None:
    """Seconds until the next deadline, or until the first that is more than `after_s` away."""
    after = 0 if after_s is None else scene.at + round(after_s * 1000)
    deadline = next_deadline(scene.party, scene.bounds, after)
    return None if deadline is None else (deadline - scene.at) / 1000


@pytest.mark.parametrize(
    ("make", "expected_s"),
    [
        pytest.param(lambda: Scene("ann"), 6 * 3600, id="idle"),
        pytest.param(lambda: Scene(), 30, id="no members yet"),
        pytest.param(lambda: Scene("ann", "bob").disconnects("bob"), 30, id="a member is disconnected"),
        pytest.param(lambda: Scene("ann", "bob").disconnects("ann"), 10, id="the leader is disconnected"),
        pytest.param(lambda: Scene("ann", "bob").disconnects("bob", "ann"), 30, id="nobody is connected"),
        pytest.param(lambda: Scene("ann", "bob").starts(force=True), 5, id="counting down"),
        pytest.param(
            lambda: Scene("ann", "bob", countdown_s=30).starts(force=True).disconnects("bob"),
            10,
            id="disconnected while starting",
        ),
        pytest.param(lambda: Scene("ann").running(), None, id="running"),
        pytest.param(lambda: Scene("ann", "bob").running().disconnects("ann"), 120, id="disconnected in the session"),
        pytest.param(lambda: Scene("ann").disbands(), None, id="closed"),
    ],
)
def test_the_next_deadline_is_the_earliest(make: Callable[[], Scene], expected_s: float | None) -> None:
    assert in_s(make()) == expected_s


def test_the_deadline_after_another_can_be_found() -> None:
    scene = Scene("ann", "bob", countdown_s=3).starts(force=True).disconnects("bob")

    assert [in_s(scene), in_s(scene, 3), in_s(scene, 10), in_s(scene, 33)] == [3, 10, 33, None]


def test_the_wait_for_an_endpoint_ends_30_s_after_the_countdown() -> None:
    assert in_s(Scene("ann").starts(), 5) == 35


def test_a_member_who_has_returned_has_no_deadline() -> None:
    assert in_s(Scene("ann", "bob").disconnects("bob").returns("bob")) == 6 * 3600


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: Scene(), id="no members yet"),
        pytest.param(lambda: Scene("ann", "bob").disconnects("ann"), id="the leader is disconnected"),
        pytest.param(lambda: Scene("ann", "bob", "cid").disconnects("ann", "bob", "cid"), id="all are disconnected"),
        pytest.param(lambda: Scene("ann", "bob").ready("bob").starts(), id="starting"),
        pytest.param(
            lambda: Scene("ann", "bob").starts(force=True).disconnects("ann", "bob"), id="starting, all disconnected"
        ),
        pytest.param(lambda: Scene("ann", "bob").running().disconnects("bob", "ann"), id="running, all disconnected"),
    ],
)
def test_meeting_all_deadlines_closes_every_party_in_the_end(make: Callable[[], Scene]) -> None:
    scene = make()
    for _ in range(12):
        deadline = next_deadline(scene.party, scene.bounds, scene.at)
        if deadline is None:
            break
        scene.after((deadline - scene.at) / 1000).deadlines()

    assert scene.party.is_closed


# After a restart each deadline is at least one full grace away.


def test_a_grace_that_ended_during_downtime_is_given_again_in_full() -> None:
    scene = Scene("ann", "bob").disconnects("bob").after(300)
    up_since = scene.at

    assert scene.deadlines(up_since).events == [MemberConnectionChanged("bob", up_since + 30_000)]
    assert scene.after(29.999).deadlines(up_since).names == ["ann", "bob"]
    assert scene.after(0.001).deadlines(up_since).names == ["ann"]


def test_the_repeated_grace_depends_on_the_state() -> None:
    scene = Scene("ann", "bob").running().disconnects("bob").after(300)

    assert scene.deadlines(scene.at).member("bob").remove_at == scene.at + 120_000


def test_a_grace_that_ends_soon_after_the_start_is_extended() -> None:
    scene = Scene("ann", "bob").disconnects("bob").after(20)
    up_since = scene.at

    assert scene.after(10).deadlines(up_since).member("bob").remove_at == up_since + 30_000


def test_a_disconnect_after_the_start_has_no_second_grace() -> None:
    scene = Scene("ann", "bob", countdown_s=30).starts(force=True)
    up_since = scene.at

    assert scene.after(5).disconnects("bob").cancels().after(10).deadlines(up_since).names == ["ann"]


def test_all_disconnected_members_get_the_repeated_grace() -> None:
    scene = Scene("ann", "bob").disconnects("ann", "bob").after(300)
    scene.deadlines(scene.at)

    assert scene.events == [MemberConnectionChanged(name, scene.at + 30_000) for name in ("ann", "bob")]


def test_a_return_within_the_repeated_grace_keeps_the_seat() -> None:
    scene = Scene("ann", "bob").disconnects("bob").after(300)
    up_since = scene.at

    assert scene.deadlines(up_since).after(20).returns("bob").after(60).deadlines(up_since).names == ["ann", "bob"]


def test_a_disconnected_leader_has_10_s_again_after_a_restart() -> None:
    scene = Scene("ann", "bob").running().disconnects("ann").after(5).completes().after(4)
    up_since = scene.at

    assert scene.after(9.999).deadlines(up_since).events == []
    assert scene.after(0.001).deadlines(up_since).events == [
        LeaderChanged(player("ann"), player("bob"), LeaderChangeReason.LEADER_DISCONNECTED, 2)
    ]


def test_a_party_that_expired_during_downtime_gets_a_grace() -> None:
    scene = Scene("ann").after(7 * 3600)
    up_since = scene.at

    assert scene.after(29.999).deadlines(up_since).events == []
    assert scene.after(0.001).deadlines(up_since).events[-1] == PartyClosed(CloseReason.EXPIRED, ("ann",))


def test_an_unjoined_party_gets_its_grace_again() -> None:
    scene = Scene().after(300)

    assert scene.deadlines(scene.at).events == []
