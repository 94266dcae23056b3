"""Which followers of the list a changed party concerns."""

from __future__ import annotations

from lobby.domain.listing import PartyFilter
from lobby.domain.values import GameType
from lobby.live.list_audiences import Audiences
from tests.lobby.domain.scenes import Scene

PARTY = Scene("ann").party
ANY, COOP, PVP = PartyFilter(), PartyFilter(game_type=GameType.COOP), PartyFilter(game_type=GameType.PVP)
HARD_COOP = PartyFilter(game_type=GameType.COOP, difficulty="Hard")


def test_followers_with_the_same_filter_are_one_audience() -> None:
    audiences = Audiences[str]()
    assert audiences.add("eve", PartyFilter(game_type=GameType.COOP)) is audiences.add("fay", COOP)
    assert len(audiences) == 1


def test_filters_for_other_settings_are_not_looked_at() -> None:
    audiences = Audiences[str]()
    for name, wanted in (("eve", ANY), ("fay", COOP), ("gus", PVP), ("hal", HARD_COOP)):
        audiences.add(name, wanted)
    assert PARTY.settings.game_type is GameType.COOP
    assert {each.wanted for each in audiences.concerned(PARTY.id, PARTY)} == {ANY, COOP}


def test_an_audience_that_knows_a_party_is_concerned_until_it_is_told() -> None:
    audiences = Audiences[str]()
    audience = audiences.add("eve", PVP)
    audiences.note(audience, PARTY.id)
    assert audiences.concerned(PARTY.id, PARTY) == {audience}
    assert audiences.concerned(PARTY.id, None) == {audience}
    audiences.forget(audience, PARTY.id)
    assert audiences.concerned(PARTY.id, PARTY) == set()


def test_an_audience_without_followers_leaves_nothing_behind() -> None:
    audiences = Audiences[str]()
    audience = audiences.add("eve", COOP)
    audiences.note(audience, PARTY.id)
    audiences.remove("eve", audience)
    audiences.remove("eve", audience)
    audiences.note(audience, PARTY.id)
    assert audiences.concerned(PARTY.id, PARTY) == set()
    assert (len(audiences), audiences._knowing, audiences._by_settings) == (0, {}, {})


def test_a_follower_that_leaves_does_not_disturb_the_next_audience_with_its_filter() -> None:
    audiences = Audiences[str]()
    first = audiences.add("eve", COOP)
    audiences.remove("eve", first)
    second = audiences.add("fay", COOP)
    audiences.remove("eve", first)
    assert audiences.concerned(PARTY.id, PARTY) == {second}
