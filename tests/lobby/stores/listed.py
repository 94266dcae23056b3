"""Strategies for parties with few different values, so that filters match some."""

from __future__ import annotations

from hypothesis import strategies as st

from lobby.domain.commands import CreateParty
from lobby.domain.listing import PartyFilter, PartySort, is_listed, matches
from lobby.domain.model import Attribute, Member, Party, Reservation
from lobby.domain.regions import RegionPing
from lobby.domain.rules.decide import decide_creation
from lobby.domain.values import GameType, PartyState, ReservationReason, Visibility
from lobby.ports import PartyQuery
from lobby.struct import replace
from tests.lobby.stores.changes import AT, BOUNDS, player

NAMES = ("Mines", "MINES of ana", "Straße", "a", "ab", "abc", "abcabd", "cabd", "ıİ")
PARTS = (*NAMES, "mines", "SS", "ine", "nes of", "bcab", "abd", "z", "zzzz", "")
KEYS = ("map", "mode")
VERSIONS = ("1.0", "1.1", "1.2", "")
REGIONS = ("eu", "us")
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
    client_version=st.none() | st.sampled_from(VERSIONS),
    region=st.none() | st.sampled_from((*REGIONS, "")),
    attributes=st.lists(
        st.tuples(st.sampled_from((*KEYS, "other")), st.none() | st.sampled_from(VALUES)), max_size=2
    ).map(tuple),
)
queries = st.builds(PartyQuery, st.just(PartyFilter()) | filters, st.sampled_from(PartySort), st.integers(1, 4))


def _plain() -> Party:
    entries = decide_creation(CreateParty(None), "p", "e", "CODE", AT, BOUNDS)
    assert isinstance(entries, tuple)
    return entries[-1].party


PLAIN = _plain()


@st.composite
def parties(draw: st.DrawFn) -> Party:
    settings = replace(
        PLAIN.settings,
        name=draw(st.sampled_from(NAMES)),
        game_type=draw(st.sampled_from(GameType)),
        difficulty=draw(st.sampled_from(("Easy", "Hard"))),
        max_members=draw(st.integers(2, 4)),
        visibility=draw(st.sampled_from((Visibility.PUBLIC, Visibility.PUBLIC, Visibility.PRIVATE))),
        password_hash=draw(st.sampled_from((None, "hash"))),
        locked=draw(st.sampled_from((False, False, True))),
        allow_late_join=draw(st.booleans()),
        client_version=draw(st.none() | st.sampled_from(VERSIONS[:2])),
    )
    gone = draw(st.sampled_from((None, None, None, AT)))
    count = draw(st.integers(0, settings.max_members))
    pings = draw(st.sampled_from(((), *((RegionPing(region, 20),) for region in REGIONS))))
    members = tuple(Member(player(f"m{seat}"), AT, remove_at=gone, pings=pings) for seat in range(count))
    held = Reservation(player("held"), AT, ReservationReason.CONTINUED_RUN)
    reservations = (held,) * draw(st.integers(0, 1))
    state = draw(st.sampled_from((PartyState.WAITING, PartyState.IN_PROGRESS, PartyState.STARTING)))
    return replace(
        PLAIN,
        settings=settings,
        members=members,
        state=state,
        attributes=draw(attributes),
        reservations=reservations,
    )


def sort_key(sort: PartySort, serial: int, party: Party) -> tuple[int, int]:
    if sort is PartySort.NEWEST:
        return (0, -serial)
    return (len(party.members) * (-1 if sort is PartySort.FULLEST else 1), serial)


def matching(parties: dict[int, Party], query: PartyQuery) -> list[tuple[tuple[int, int], Party]]:
    """All matches in their order, by a full scan."""
    create = [
        (sort_key(query.sort, serial, party), party)
        for serial, party in parties.items()
        if is_listed(party) and matches(party, query.wanted)
    ]
    return sorted(create, key=lambda pair: pair[0])
