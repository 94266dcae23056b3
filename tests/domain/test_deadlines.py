"""When a party next needs looking at, read off the party."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lobby.domain.deadlines import next_deadline
from tests.domain.scenes import Scene


def in_s(scene: Scene, after_s: float | None = None) -> float | None:
    """How long until the next deadline, or the first one later than `after_s` from now."""
    after = 0 if after_s is None else scene.at + round(after_s * 1000)
    deadline = next_deadline(scene.party, scene.bounds, after)
    return None if deadline is None else (deadline - scene.at) / 1000


@pytest.mark.parametrize(
    ("make", "expected_s"),
    [
        pytest.param(lambda: Scene("ann"), 6 * 3600, id="idle"),
        pytest.param(lambda: Scene(), 30, id="nobody in it yet"),
        pytest.param(lambda: Scene("ann", "bob").disconnects("bob"), 30, id="a member is gone"),
        pytest.param(lambda: Scene("ann", "bob").disconnects("ann"), 10, id="the leader is gone"),
        pytest.param(lambda: Scene("ann", "bob").disconnects("bob", "ann"), 30, id="nobody is there to lead"),
        pytest.param(lambda: Scene("ann", "bob").starts(force=True), 5, id="counting down"),
        pytest.param(
            lambda: Scene("ann", "bob", countdown_s=30).starts(force=True).disconnects("bob"), 10, id="gone meanwhile"
        ),
        pytest.param(lambda: Scene("ann").running(), None, id="running"),
        pytest.param(lambda: Scene("ann", "bob").running().disconnects("ann"), 120, id="gone from the run"),
        pytest.param(lambda: Scene("ann").disbands(), None, id="closed"),
    ],
)
def test_the_next_deadline_is_the_earliest(make: Callable[[], Scene], expected_s: float | None) -> None:
    assert in_s(make()) == expected_s


def test_after_a_deadline_comes_the_next() -> None:
    scene = Scene("ann", "bob", countdown_s=3).starts(force=True).disconnects("bob")

    assert [in_s(scene), in_s(scene, 3), in_s(scene, 10), in_s(scene, 33)] == [3, 10, 33, None]


def test_an_allocation_is_given_up_30_s_after_the_countdown() -> None:
    assert in_s(Scene("ann").starts(), 5) == 35


def test_whoever_is_back_has_no_deadline() -> None:
    assert in_s(Scene("ann", "bob").disconnects("bob").returns("bob")) == 6 * 3600


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: Scene(), id="nobody in it yet"),
        pytest.param(lambda: Scene("ann", "bob").disconnects("ann"), id="the leader is gone"),
        pytest.param(lambda: Scene("ann", "bob", "cid").disconnects("ann", "bob", "cid"), id="all are gone"),
        pytest.param(lambda: Scene("ann", "bob").ready("bob").starts(), id="starting"),
        pytest.param(
            lambda: Scene("ann", "bob").starts(force=True).disconnects("ann", "bob"), id="starting and all gone"
        ),
        pytest.param(lambda: Scene("ann", "bob").running().disconnects("bob", "ann"), id="running and all gone"),
    ],
)
def test_meeting_one_deadline_after_the_other_closes_every_party_in_the_end(make: Callable[[], Scene]) -> None:
    scene = make()
    for _ in range(12):
        deadline = next_deadline(scene.party, scene.bounds, scene.at)
        if deadline is None:
            break
        scene.after((deadline - scene.at) / 1000).deadlines()

    assert scene.party.is_closed
