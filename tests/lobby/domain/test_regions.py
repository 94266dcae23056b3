"""Pings to regions: which a member may send, and the region of the party that follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobby.domain import commands as c
from lobby.domain.regions import Pings, RegionPing, best_region
from lobby.domain.rejections import RejectionCode
from tests.lobby.domain.scenes import Scene, player


def pings(**ms: int) -> Pings:
    return tuple(RegionPing(region, value) for region, value in ms.items())


def tells(scene: Scene, name: str, **ms: int) -> Scene:
    return scene.does(c.UpdateMember(player(name), pings=pings(**ms)))


def test_the_region_is_that_with_the_smallest_of_the_largest_pings() -> None:
    scene = tells(tells(Scene("ann", "bob", "cid"), "ann", eu=20, us=90), "bob", eu=150, us=110)
    assert scene.party.region == "us"
    assert tells(scene, "cid", eu=10, us=160).party.region == "eu"


def test_equal_regions_are_decided_by_name() -> None:
    assert tells(Scene("ann"), "ann", us=50, asia=50, eu=51).party.region == "asia"


def test_a_region_that_more_members_have_told_comes_first() -> None:
    scene = tells(tells(Scene("ann", "bob"), "ann", eu=20, us=90), "bob", us=200)
    assert scene.party.region == "us"


def test_a_member_without_pings_has_no_say() -> None:
    scene = tells(Scene("ann", "bob"), "ann", eu=20, us=90)
    assert scene.party.region == "eu"
    assert Scene("ann").party.region is None


def test_new_pings_replace_the_old_ones_and_an_empty_list_takes_them_back() -> None:
    scene = tells(tells(Scene("ann"), "ann", eu=20), "ann", us=30)
    assert scene.party.region == "us"
    assert scene.does(c.UpdateMember(player("ann"), character_class="Mage")).party.region == "us"
    assert tells(scene, "ann").party.region is None


def test_the_pings_of_a_member_who_leaves_go_too() -> None:
    scene = tells(tells(Scene("ann", "bob"), "ann", eu=20, us=90), "bob", eu=150, us=110)
    assert scene.leaves("bob").party.region == "eu"


def test_pings_keep_ready() -> None:
    assert tells(Scene("ann", "bob").ready("bob"), "bob", eu=20).is_ready("bob")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (pings(**{f"region-{number}": 1 for number in range(9)}), "pings"),
        ((RegionPing("eu", 1), RegionPing("eu", 2)), "pings"),
        ((RegionPing("", 1),), "pings.region"),
        ((RegionPing("a" * 33, 1),), "pings.region"),
        ((RegionPing("eu west", 1),), "pings.region"),
        ((RegionPing("eu", -1),), "pings.ms"),
        ((RegionPing("eu", 10_001),), "pings.ms"),
    ],
)
def test_pings_beyond_their_limits_are_refused(sent: Pings, field: str) -> None:
    rejection = Scene("ann").rejection(c.UpdateMember(player("ann"), pings=sent))
    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, field)


@given(st.lists(st.dictionaries(st.sampled_from(("asia", "eu", "us")), st.integers(0, 3)), max_size=4))
def test_no_region_is_better_for_the_worst_member(sent: list[dict[str, int]]) -> None:
    best = best_region(pings(**one) for one in sent)
    of = {region: [one[region] for one in sent if region in one] for region in ("asia", "eu", "us")}
    assert (best is None) is not any(sent)
    if best is not None:
        rank = (-len(of[best]), max(of[best]), best)
        assert all(rank <= (-len(ms), max(ms), region) for region, ms in of.items() if ms)
