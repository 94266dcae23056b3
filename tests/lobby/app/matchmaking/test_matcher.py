"""The matcher finds what a comparison of all sets finds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, count

from hypothesis import given, settings
from hypothesis import strategies as st

from lobby.app.matchmaking.matcher import Matcher
from lobby.domain.matching import Candidate, is_match
from lobby.domain.search import SearchCriteria
from lobby.domain.values import GameType, Instant

SMALLER_MS = 60_000

_numbers = count()


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    size = draw(st.sampled_from((3, 4)))
    players = draw(st.integers(1, size - 1))
    number = next(_numbers)
    return Candidate(
        party_id=f"party {number}",
        search_id=f"search {number}",
        since=0,
        criteria=SearchCriteria(
            GameType.COOP,
            size,
            draw(st.sampled_from((None, "Easy", "Hard"))),
            draw(st.sampled_from((None, "eu", "us"))),
            draw(st.none() | st.integers(0, 4).map(lambda step: step * 60)),
            draw(st.sampled_from((None, "1.0"))),
        ),
        players=tuple(f"player {number}.{place}" for place in range(players)),
        classes=tuple(draw(st.lists(st.sampled_from(("Knight", "Mage")), max_size=players))),
        unique_classes=False,
        banned=(),
    )


@st.composite
def with_doubles(draw: st.DrawFn) -> Candidate:
    candidate = draw(candidates())
    is_unique = draw(st.booleans()) and len(set(candidate.classes)) == len(candidate.classes)
    return Candidate(
        **{name: getattr(candidate, name) for name in Candidate.__struct_fields__ if name != "unique_classes"},
        unique_classes=is_unique,
    )


Blocks = frozenset[tuple[str, str]]


def later(candidate: Candidate, since: Instant) -> Candidate:
    values = {name: getattr(candidate, name) for name in Candidate.__struct_fields__}
    return Candidate(**{**values, "since": since})


def find_any(searches: Sequence[Candidate], at: Instant, blocks: Blocks) -> bool:
    return any(
        is_match(chosen, at, SMALLER_MS, blocks)
        for parties in range(2, 5)
        for chosen in combinations(searches, parties)
    )


def blocked_by(candidate: Candidate, blocks: Blocks) -> frozenset[str]:
    return frozenset(other for player, other in blocks if player in candidate.players)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(with_doubles(), st.integers(0, 40_000)), max_size=7),
    st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=3),
)
def test_finds_sets_that_match_until_none_is_left(
    arrivals: list[tuple[Candidate, int]], blocked: set[tuple[int, int]]
) -> None:
    matcher, at = Matcher(SMALLER_MS), 0
    waiting: dict[str, Candidate] = {}
    firsts = [candidate.players[0] for candidate, _ in arrivals]
    pairs = ((one, other) for one, other in blocked if one != other and max(one, other) < len(firsts))
    blocks = frozenset((firsts[one], firsts[other]) for one, other in pairs)

    def work() -> None:
        while matcher.has_work(at):
            found = matcher.step(at)
            if found is not None:
                assert is_match(found, at, SMALLER_MS, blocks)
                for candidate in found:
                    del waiting[candidate.party_id]
        assert not find_any(list(waiting.values()), at, blocks)
        assert len(matcher) == len(waiting)

    for candidate, pause_ms in arrivals:
        at += pause_ms
        waiting[candidate.party_id] = search = later(candidate, at)
        matcher.put(search, at, blocked_by(search, blocks))
        work()
    for _ in range(20):
        at += 10_000
        work()


@settings(max_examples=40, deadline=None)
@given(st.lists(candidates(), min_size=2, max_size=6))
def test_serves_the_oldest_search_first(searches: list[Candidate]) -> None:
    matcher = Matcher(SMALLER_MS)
    ordered = [later(search, age) for age, search in enumerate(searches)]
    for search in reversed(ordered):
        matcher.put(search, 10)
    served = None
    while served is None and matcher.has_work(10):
        served = matcher.step(10)
    full = [
        chosen
        for parties in range(2, 5)
        for chosen in combinations(ordered, parties)
        if is_match(chosen, 10, SMALLER_MS)
    ]
    oldest = min((chosen[0].since for chosen in full), default=None)
    assert (served is None) == (oldest is None)
    if served is not None:
        assert min(search.since for search in served) == oldest


def test_the_work_for_searches_that_match_nothing_is_bounded() -> None:
    """Thousands of parties of three that want four: each is compared with none of the others."""
    matcher = Matcher(SMALLER_MS)
    for number in range(4_000):
        players = tuple(f"{number}.{place}" for place in range(3))
        criteria = SearchCriteria(GameType.COOP, 4, skill=number % 100)
        matcher.put(Candidate(f"p{number}", f"s{number}", 0, criteria, players, (), False, ()), 0)
    steps = 0
    while matcher.has_work(0):
        assert matcher.step(0) is None
        steps += 1
    assert steps == len(matcher) == 4_000


def test_a_search_for_any_region_finds_another_one_among_hundreds_of_regions() -> None:
    matcher = Matcher(SMALLER_MS)

    def put(name: str, players: int, region: str | None) -> None:
        criteria = SearchCriteria(GameType.COOP, 4, region=region)
        names = tuple(f"{name}.{place}" for place in range(players))
        matcher.put(Candidate(name, name, 0, criteria, names, (), False, ()), 0)

    for number in range(200):
        put(f"p{number}", 3, f"region {number}")
    put("one", 2, None)
    put("two", 2, None)
    found = [match for _ in range(300) if (match := matcher.step(0)) is not None]
    assert [{candidate.party_id for candidate in match} for match in found] == [{"one", "two"}]
