"""Parties as a list may meet them: few different values, so that filters find some."""

from __future__ import annotations

from hypothesis import strategies as st

from lobby.domain.commands import CreateParty
from lobby.domain.listing import PartyFilter, PartySort, is_listed, matches
from lobby.domain.model import Attribute, Member, Party
from lobby.domain.rules.decide import found
from lobby.domain.values import GameType, PartyState, Visibility
from lobby.ports import PartyQuery
from lobby.value import changed
from tests.stores.changes import AT, BOUNDS, player

NAMES = ("Mines", "MINES of ana", "Straße", "a", "ab", "abc", "abcabd", "cabd", "ıİ")
PARTS = (*NAMES, "mines", "SS", "ine", "nes of", "bcab", "abd", "z", "zzzz", "")
KEYS = ("map", "mode")
VALUES = ("", "cave", "tower")

attributes = st.lists(st.sampled_from(KEYS), unique=True).flatmap(
    lambda keys: st.tuples(*(st.builds(Attribute, st.just(key), st.sampled_from(VALUES)) for key in keys))
)
filters = st.builds(
    PartyFilter,
    game_type=st.none() | st.sampled_from(GameType),
    difficulty=st.none() | st.sampled_from(("Easy", "Hard", "None")),
    state=st.none() | st.sampled_from((PartyState.WAITING, PartyState.IN_PROGRESS, PartyState.CLOSED)),
    has_password=st.none() | st.booleans(),
    min_free_seats=st.none() | st.integers(-1, 9),
    allow_late_join=st.none() | st.booleans(),
    name_contains=st.none() | st.sampled_from(PARTS),
    attributes=st.lists(
        st.tuples(st.sampled_from((*KEYS, "other")), st.none() | st.sampled_from(VALUES)), max_size=2
    ).map(tuple),
)
queries = st.builds(PartyQuery, st.just(PartyFilter()) | filters, st.sampled_from(PartySort), st.integers(1, 4))


def _plain() -> Party:
    entries = found(CreateParty(None), "p", "e", "CODE", AT, BOUNDS)
    assert isinstance(entries, tuple)
    return entries[-1].party


PLAIN = _plain()


@st.composite
def parties(draw: st.DrawFn) -> Party:
    settings = changed(
        PLAIN.settings,
        name=draw(st.sampled_from(NAMES)),
        game_type=draw(st.sampled_from(GameType)),
        difficulty=draw(st.sampled_from(("Easy", "Hard"))),
        max_members=draw(st.integers(2, 4)),
        visibility=draw(st.sampled_from((Visibility.PUBLIC, Visibility.PUBLIC, Visibility.PRIVATE))),
        password_hash=draw(st.sampled_from((None, "hash"))),
        locked=draw(st.sampled_from((False, False, True))),
        allow_late_join=draw(st.booleans()),
    )
    gone = draw(st.sampled_from((None, None, None, AT)))
    count = draw(st.integers(0, settings.max_members))
    members = tuple(Member(player(f"m{seat}"), AT, remove_at=gone) for seat in range(count))
    state = draw(st.sampled_from((PartyState.WAITING, PartyState.IN_PROGRESS, PartyState.STARTING)))
    return changed(PLAIN, settings=settings, members=members, state=state, attributes=draw(attributes))


def sort_key(sort: PartySort, serial: int, party: Party) -> tuple[int, int]:
    if sort is PartySort.NEWEST:
        return (0, -serial)
    return (len(party.members) * (-1 if sort is PartySort.FULLEST else 1), serial)


def matching(parties: dict[int, Party], query: PartyQuery) -> list[tuple[tuple[int, int], Party]]:
    """All matches in their order, found by looking at everything."""
    found = [
        (sort_key(query.sort, serial, party), party)
        for serial, party in parties.items()
        if is_listed(party) and matches(party, query.wanted)
    ]
    return sorted(found, key=lambda pair: pair[0])
