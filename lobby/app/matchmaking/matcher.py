"""Finds sets of searches that match: step by step, and only for searches that have changed since they were last compared.

A set that matches now, and did not before, has a search in it that is new, has a wider band, or takes a smaller set from now on.
So only such a search is compared with the others. The work grows with the searches that change, not with all.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from heapq import heappop, heappush

from lobby.app.matchmaking.search_pool import SearchPool, Waiting
from lobby.domain.matching import BAND_STEP_MS, BAND_STEPS_MAX, PARTIES_MIN, Candidate, band_step
from lobby.domain.values import Instant, PartyId, PlayerId

TRIES_MAX = 400
"""How many sets are tried for one search. Among so many candidates of which no set fits, a match may be missed until one of
them changes."""


@dataclass(slots=True)
class _Set:
    """Searches that may be in one match, while it grows."""

    members: list[Waiting]
    players: int
    classes: Set[str]
    wants_unique: bool
    has_double: bool

    @classmethod
    def of(cls, waiting: Waiting) -> _Set:
        candidate = waiting.candidate
        return cls(
            [waiting],
            len(candidate.players),
            waiting.classes,
            candidate.unique_classes,
            waiting.has_double_class,
        )

    def with_other(self, other: Waiting) -> _Set | None:
        """None: the other search does not fit to all that are in the set."""
        members = self.members
        if not all(member.accepts(other) for member in members[1:]):  # the first one accepts all candidates
            return None
        wants_unique = self.wants_unique or other.candidate.unique_classes
        has_double = self.has_double or other.has_double_class or not self.classes.isdisjoint(other.classes)
        if wants_unique and has_double:
            return None
        players = self.players + len(other.candidate.players)
        return _Set([*members, other], players, self.classes | other.classes, wants_unique, has_double)


class Matcher:
    """All searches, and those that have to be compared with others. `step` does a small part of the work."""

    def __init__(self, smaller_ms: int) -> None:
        """`smaller_ms`: after this time a search takes a set of fewer players than it wants."""
        self._smaller_ms = smaller_ms
        self._pool = SearchPool()
        self._changed: list[tuple[Instant, PartyId]] = []
        """A heap of searches to compare, the oldest first. Items of searches that have ended are skipped."""
        self._is_changed: set[PartyId] = set()
        self._timers: list[tuple[Instant, PartyId]] = []
        """A heap: when a search changes by itself, and its party."""
        self._armed: dict[PartyId, Instant] = {}
        """The timer of each search. Other items of the heap are skipped."""

    def __len__(self) -> int:
        """How many searches wait for a match."""
        return len(self._pool)

    def party_ids(self) -> list[PartyId]:
        """The parties whose searches wait for a match."""
        return self._pool.party_ids()

    def put(self, candidate: Candidate, at: Instant, blocked: Set[PlayerId] = frozenset()) -> None:
        """A search has begun or has changed. `blocked`: the players whom its players block."""
        self._pool.remove(candidate.party_id)
        waiting = Waiting(candidate, band_step(candidate.since, at), blocked | frozenset(candidate.banned))
        self._pool.add(waiting)
        self._mark_changed(waiting)
        self._arm(waiting, at)

    def remove(self, party_id: PartyId) -> None:
        """The search has ended, or a match is proposed to it."""
        self._pool.remove(party_id)
        self._armed.pop(party_id, None)

    def has_work(self, at: Instant) -> bool:
        """True if `step` has something to do."""
        return bool(self._changed) or (bool(self._timers) and self._timers[0][0] <= at)

    def step(self, at: Instant) -> tuple[Candidate, ...] | None:
        """Compare one search with the others, or widen the band of one. Returns a match, whose searches leave the pool."""
        if self._timers and self._timers[0][0] <= at:
            self._ring(at)
            return None
        if not self._changed:
            return None
        _, party_id = heappop(self._changed)
        self._is_changed.discard(party_id)
        waiting = self._pool.get(party_id)
        members = self._find(waiting, at) if waiting is not None else None
        if members is None:
            return None
        for member in members:
            self.remove(member.candidate.party_id)
        return tuple(member.candidate for member in members)

    def _mark_changed(self, waiting: Waiting) -> None:
        party_id = waiting.candidate.party_id
        if party_id not in self._is_changed:
            self._is_changed.add(party_id)
            heappush(self._changed, waiting.age_key)

    def _arm(self, waiting: Waiting, at: Instant) -> None:
        """Set the timer for the next change that only time brings."""
        since, step = waiting.candidate.since, waiting.step
        times = [since + self._smaller_ms]
        if waiting.candidate.criteria.skill is not None and step < BAND_STEPS_MAX:
            times.append(since + (step + 1) * BAND_STEP_MS)
        next_at = min((time for time in times if time > at), default=None)
        party_id = waiting.candidate.party_id
        if next_at is None:
            self._armed.pop(party_id, None)
        elif self._armed.get(party_id) != next_at:
            self._armed[party_id] = next_at
            heappush(self._timers, (next_at, party_id))

    def _ring(self, at: Instant) -> None:
        armed_at, party_id = heappop(self._timers)
        waiting = self._pool.get(party_id)
        if waiting is None or self._armed.get(party_id) != armed_at:
            return
        del self._armed[party_id]
        self._pool.remove(party_id)
        waiting.step = band_step(waiting.candidate.since, at)
        self._pool.add(waiting)
        self._mark_changed(waiting)
        self._arm(waiting, at)

    def _find(self, waiting: Waiting, at: Instant) -> Sequence[Waiting] | None:
        """The best set with this search: a full one with the oldest others, else, once one of them has waited for long enough,
        the largest smaller one."""
        wanted = waiting.candidate.criteria.size
        others = self._pool.others(waiting, wanted - len(waiting.candidate.players))
        if not others:
            return None
        finder = _SetFinder(others, wanted)
        if _can_fill(others, wanted - len(waiting.candidate.players)):
            full = finder.find_full(_Set.of(waiting), 0)
            if full is not None:
                return full.members
        if not any(at - each.candidate.since >= self._smaller_ms for each in (waiting, *others)):
            return None
        return _SetFinder(others, wanted).find_largest(_Set.of(waiting), at - self._smaller_ms)


class _SetFinder:
    """Tries sets of one search and some of `others`, in their order, up to `TRIES_MAX`."""

    def __init__(self, others: Sequence[Waiting], wanted: int) -> None:
        self._others = others
        self._wanted = wanted
        self._tries = 0
        self._best: _Set | None = None

    def find_full(self, current: _Set, first: int) -> _Set | None:
        """The first set that has all players."""
        for number in range(first, len(self._others)):
            grown = self._grow(current, number)
            if grown is None:
                continue
            found = grown if grown.players == self._wanted else self.find_full(grown, number + 1)
            if found is not None:
                return found
        return None

    def find_largest(self, current: _Set, since_max: Instant) -> Sequence[Waiting] | None:
        """The first of the largest sets with a search that waits since `since_max` or longer."""
        self._best = None
        self._look_for_larger(current, 0, since_max)
        return self._best.members if self._best is not None else None

    def _look_for_larger(self, current: _Set, first: int, since_max: Instant) -> None:
        for number in range(first, len(self._others)):
            grown = self._grow(current, number)
            if grown is None:
                continue
            is_larger = self._best is None or grown.players > self._best.players
            if is_larger and any(member.candidate.since <= since_max for member in grown.members):
                assert len(grown.members) >= PARTIES_MIN
                self._best = grown
            self._look_for_larger(grown, number + 1, since_max)

    def _grow(self, current: _Set, number: int) -> _Set | None:
        if self._tries >= TRIES_MAX:
            return None
        other = self._others[number]
        if current.players + len(other.candidate.players) > self._wanted:
            return None
        self._tries += 1
        return current.with_other(other)


def _can_fill(others: Sequence[Waiting], missing: int) -> bool:
    """True if the sizes of some of the parties add up to `missing`. Nothing else is checked."""
    sums = 1  # bit n: n players
    for other in others:
        sums |= sums << len(other.candidate.players)
    return bool(sums >> missing & 1)
