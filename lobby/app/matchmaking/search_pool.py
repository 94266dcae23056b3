"""The index of all searches. A search finds the others that may match it without a look at the rest.

Searches of one game type, size and version are in one group, in which those of one difficulty and region are in one bucket. A
bucket has a shelf for each number of players, and a shelf a list for each width of the band, sorted by skill.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import chain, islice

from lobby.domain.matching import Candidate, band
from lobby.domain.values import GameType, Instant, PartyId, PlayerId

SHELF_ITEMS_MAX = 16
"""How many searches of one party size are tried for one search: the oldest of those that fit."""
WINDOW_MAX = 256
"""How many searches in one sorted list are looked at for that. Only searches that match nothing can become so many."""
BUCKETS_MAX = 64
"""How many buckets a search for any region or difficulty looks into."""

_Item = tuple[int, Instant, PartyId]
_GroupKey = tuple[GameType, int, str | None]
_BucketKey = tuple[str | None, str | None]


@dataclass(slots=True, eq=False)
class Waiting:
    """A search in the pool."""

    candidate: Candidate
    step: int
    """As `matching.band_step`; it rises when the matcher widens the band."""
    blocked: Set[PlayerId]
    """Players whom a member of the party blocks or the party bans."""
    players: Set[PlayerId] = field(init=False)
    classes: Set[str] = field(init=False)
    has_double_class: bool = field(init=False)

    def __post_init__(self) -> None:
        candidate = self.candidate
        self.players, self.classes = frozenset(candidate.players), frozenset(candidate.classes)
        self.has_double_class = len(self.classes) < len(candidate.classes)

    @property
    def age_key(self) -> tuple[Instant, PartyId]:
        return self.candidate.since, self.candidate.party_id

    def accepts(self, other: Waiting) -> bool:
        """False if the two can never be in one match, or not yet: by difficulty, region, skill, bans or blocks."""
        mine, yours = self.candidate.criteria, other.candidate.criteria
        if mine.difficulty != yours.difficulty and mine.difficulty is not None and yours.difficulty is not None:
            return False
        if mine.region != yours.region and mine.region is not None and yours.region is not None:
            return False
        if mine.skill is not None and yours.skill is not None:
            older = self if self.candidate.since <= other.candidate.since else other
            if abs(mine.skill - yours.skill) > band(older.step):
                return False
        return (
            self.players.isdisjoint(other.players)
            and self.players.isdisjoint(other.blocked)
            and self.blocked.isdisjoint(other.players)
        )


class _Shelf:
    """The searches of one bucket with the same number of players."""

    def __init__(self) -> None:
        self._by_step: dict[int, list[_Item]] = {}
        self._any_skill: list[tuple[Instant, PartyId]] = []
        """The searches without a skill, the oldest first."""

    def add(self, waiting: Waiting) -> None:
        skill = waiting.candidate.criteria.skill
        if skill is None:
            insort(self._any_skill, waiting.age_key)
        else:
            insort(self._by_step.setdefault(waiting.step, []), (skill, *waiting.age_key))

    def remove(self, waiting: Waiting) -> None:
        skill = waiting.candidate.criteria.skill
        if skill is None:
            del self._any_skill[bisect_left(self._any_skill, waiting.age_key)]
            return
        items = self._by_step[waiting.step]
        del items[bisect_left(items, (skill, *waiting.age_key))]
        if not items:
            del self._by_step[waiting.step]

    def oldest(self, skill: int | None, step: int) -> list[tuple[Instant, PartyId]]:
        """The oldest searches whose skill fits."""
        found: list[tuple[Instant, PartyId]] = self._any_skill[:SHELF_ITEMS_MAX]
        for other_step, items in self._by_step.items():
            window = items if skill is None else _within(items, skill, band(max(step, other_step)))
            found += [item[1:] for item in window[:WINDOW_MAX]]
        return nsmallest(SHELF_ITEMS_MAX, found)

    def __bool__(self) -> bool:
        return bool(self._any_skill or self._by_step)


def _within(items: list[_Item], skill: int, width: int) -> list[_Item]:
    """The items whose skill differs by `width` at most; of too many the nearest ones, about as many on both sides."""
    first = bisect_left(items, (skill - width,))
    end = bisect_right(items, (skill + width + 1,))
    if end - first > WINDOW_MAX:
        middle = bisect_left(items, (skill,))
        first = max(first, min(middle - WINDOW_MAX // 2, end - WINDOW_MAX))
    return items[first : min(end, first + WINDOW_MAX)]


class _Group:
    """The buckets of one group. A search finds those that it needs without a look at the others, of which there may be thousands:
    a region is any text."""

    def __init__(self) -> None:
        self._buckets: dict[_BucketKey, dict[int, _Shelf]] = {}
        self._by_difficulty: dict[str | None, dict[_BucketKey, None]] = {}
        self._by_region: dict[str | None, dict[_BucketKey, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._buckets)

    def add(self, waiting: Waiting) -> None:
        key = _bucket_key(waiting.candidate)
        shelves = self._buckets.get(key)
        if shelves is None:
            shelves = self._buckets[key] = {}
            self._by_difficulty.setdefault(key[0], {})[key] = None
            self._by_region.setdefault(key[1], {})[key] = None
        shelves.setdefault(len(waiting.candidate.players), _Shelf()).add(waiting)

    def remove(self, waiting: Waiting) -> None:
        key, count = _bucket_key(waiting.candidate), len(waiting.candidate.players)
        shelves = self._buckets[key]
        shelves[count].remove(waiting)
        if not shelves[count]:
            del shelves[count]
        if not shelves:
            del self._buckets[key]
            _drop(self._by_difficulty, key[0], key)
            _drop(self._by_region, key[1], key)

    def fitting(self, candidate: Candidate) -> Iterable[dict[int, _Shelf]]:
        """The shelves of the buckets that the search may match, at most `BUCKETS_MAX`. Of more, those come first that want the
        same or anything, then those that have been there for longest."""
        difficulty, region = _bucket_key(candidate)
        likely = ((difficulty, region), (difficulty, None), (None, region), (None, None))
        found = dict.fromkeys(key for key in likely if key in self._buckets)
        if difficulty is None or region is None:
            others: Iterable[_BucketKey] = self._buckets
            if region is not None:
                others = chain(self._by_region.get(region, ()), self._by_region.get(None, ()))
            elif difficulty is not None:
                others = chain(self._by_difficulty.get(difficulty, ()), self._by_difficulty.get(None, ()))
            found.update(dict.fromkeys(islice(others, BUCKETS_MAX - len(found))))
        return [self._buckets[key] for key in found]


def _drop(index: dict[str | None, dict[_BucketKey, None]], name: str | None, key: _BucketKey) -> None:
    del index[name][key]
    if not index[name]:
        del index[name]


class SearchPool:
    """All searches that wait for a match, by party."""

    def __init__(self) -> None:
        self._by_party: dict[PartyId, Waiting] = {}
        self._groups: dict[_GroupKey, _Group] = {}

    def __len__(self) -> int:
        return len(self._by_party)

    def get(self, party_id: PartyId) -> Waiting | None:
        return self._by_party.get(party_id)

    def party_ids(self) -> list[PartyId]:
        return list(self._by_party)

    def add(self, waiting: Waiting) -> None:
        self._by_party[waiting.candidate.party_id] = waiting
        self._groups.setdefault(_group_key(waiting.candidate), _Group()).add(waiting)

    def remove(self, party_id: PartyId) -> Waiting | None:
        waiting = self._by_party.pop(party_id, None)
        if waiting is None:
            return None
        key = _group_key(waiting.candidate)
        self._groups[key].remove(waiting)
        if not self._groups[key]:
            del self._groups[key]
        return waiting

    def others(self, waiting: Waiting, players_max: int) -> list[Waiting]:
        """Searches of at most so many players that may match `waiting`, the oldest first: the oldest of each party size."""
        criteria = waiting.candidate.criteria
        by_size: dict[int, list[tuple[Instant, PartyId]]] = {}
        for shelves in self._groups[_group_key(waiting.candidate)].fitting(waiting.candidate):
            for count, shelf in shelves.items():
                if count <= players_max:
                    by_size.setdefault(count, []).extend(shelf.oldest(criteria.skill, waiting.step))
        keys = (key for found in by_size.values() for key in nsmallest(SHELF_ITEMS_MAX, found))
        others = (self._by_party[party_id] for _, party_id in sorted(keys))
        return [other for other in others if other is not waiting and waiting.accepts(other)]


def _group_key(candidate: Candidate) -> _GroupKey:
    criteria = candidate.criteria
    return criteria.game_type, criteria.size, criteria.client_version


def _bucket_key(candidate: Candidate) -> _BucketKey:
    return candidate.criteria.difficulty, candidate.criteria.region
