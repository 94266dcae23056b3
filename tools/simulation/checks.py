"""The checks after a run: the logs of the store against each other, and against the events that the players got.

The logs are replayed from their events. The checks share no code with the rules that they check. Inboxes: `inbox_checks.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lobby.domain.events import MemberLeft
from lobby.domain.model import Party
from lobby.domain.search import Match, Search
from lobby.domain.values import PartyId, SearchState
from tools.chaos.expected_state.logs import Log, read_logs
from tools.chaos.violation import Kind, Violation
from tools.simulation.inbox_checks import check_inboxes, check_streams, read_inboxes
from tools.simulation.pace import Pace
from tools.simulation.records import Records
from tools.simulation.verdict import Late, Verdict

_ENDS = frozenset({SearchState.MATCHED, SearchState.CANCELLED, SearchState.EXPIRED})
_HELD_BY_SERVER = ("WAITLIST", "MATCH")
HELD_TOO_LONG_MS = 15_000
"""A held seat is given up at its time, or so much later on a busy server."""


async def check(url: str, records: Records, pace: Pace) -> Verdict:
    """All that is wrong in the store at `url`, and in what the players have seen. The servers are down."""
    stored = await read_logs(url, ())
    inboxes = await read_inboxes(url, sorted(records.inboxes))
    found: list[Violation] = [
        *stored.violations,
        *(Violation(Kind.SERVER, fault) for fault in records.faults),
        *(Late(Kind.SERVER, text) for text in records.late),
        *check_logs(list(stored.logs.values()), records),
        *check_inboxes(stored.logs.values(), inboxes, records),
        *check_streams(inboxes, records),
    ]
    late: list[Violation] = [violation for violation in found if isinstance(violation, Late)]
    return Verdict([violation for violation in found if not isinstance(violation, Late)], late, pace.too_slow())


def check_logs(logs: Sequence[Log], records: Records) -> Iterator[Violation]:
    """Seats, searches, matches, waits and blocks."""
    yield from _check_seats(logs)
    yield from _check_searches(logs, records)
    yield from _check_matches(logs)
    yield from _check_waits(logs, records)
    yield from _check_blocks(logs, records)


def _final(log: Log) -> Party | None:
    return log.party_at(log.head)


def _check_seats(logs: Iterable[Log]) -> Iterator[Violation]:
    """A player has one seat, and a party no more seats than it allows."""
    seats: defaultdict[str, list[str]] = defaultdict(list)
    for log in logs:
        for before, entry in log.steps():
            party = entry.party
            joined = before is None or len(party.members) > len(before.members)
            if joined and len(party.members) > party.settings.max_members:
                yield Violation(Kind.INVARIANT, f"party {party.id} has too many members at {entry.seq}")
        final = _final(log)
        for member in final.members if final is not None else ():
            seats[member.player.id].append(log.party_id)
    for player_id, party_ids in seats.items():
        if len(party_ids) > 1:
            yield Violation(Kind.INVARIANT, f"player {player_id} is in {', '.join(party_ids)}")


def _check_searches(logs: Iterable[Log], records: Records) -> Iterator[Violation]:
    """Each search ends exactly once, and `cancelSearch` was answered with that end."""
    ends: dict[str, SearchState] = {}
    for log in logs:
        states: dict[str, SearchState] = {}
        for _, entry in log.steps():
            search = entry.party.search
            if search is None:
                continue
            last = states.get(search.id)
            if last in _ENDS and search.state is not last:
                yield Violation(Kind.INVARIANT, f"search {search.id} went on after {last.value} at {entry.seq}")
            states[search.id] = search.state
        for search_id, state in states.items():
            ends[search_id] = state
            records.search_ends[state.value] += 1
            if state not in _ENDS:
                yield Late(Kind.INVARIANT, f"search {search_id} has not ended: {state.value}")
    for search_id in sorted(records.searches - ends.keys()):
        yield Violation(Kind.ANSWER, f"startSearch was answered with {search_id}, which no log has")
    for cancel in records.cancels:
        end = ends.get(cancel.search_id)
        if end is None or end.value != cancel.state:
            yield Violation(Kind.ANSWER, f"cancelSearch of {cancel.search_id} said {cancel.state}, the log {end}")


@dataclass(frozen=True, slots=True)
class _Matched:
    """A search that a match has ended."""

    match: Match
    search: Search
    players: frozenset[str]
    seq: int


def _check_matches(logs: Sequence[Log]) -> Iterator[Violation]:
    """A match ends the searches of all of its parties at once, their wishes agree, and all players come into one party."""
    by_id: defaultdict[str, dict[PartyId, _Matched]] = defaultdict(dict)
    for log in logs:
        for before, entry in log.steps():
            search = entry.party.search
            old = before.search if before is not None else None
            if search is None or old is None or search.state is not SearchState.MATCHED or old.state is search.state:
                continue
            if old.match is None:
                yield Violation(Kind.INVARIANT, f"search {search.id} is MATCHED without a proposed match")
                continue
            players = frozenset(member.player.id for member in entry.party.members)
            by_id[old.match.id][log.party_id] = _Matched(old.match, search, players, entry.seq)
    by_party = {log.party_id: log for log in logs}
    for match_id, matched in by_id.items():
        some = next(iter(matched.values()))
        name = f"the match {match_id} of {', '.join(some.match.party_ids)}"
        if set(matched) != set(some.match.party_ids):
            yield Violation(Kind.HALF, f"{name} ended only the searches of {', '.join(sorted(matched))}")
        if len({each.search.matched_party_id for each in matched.values()}) > 1:
            yield Violation(Kind.HALF, f"{name} led to several parties")
        criteria = [each.search.criteria for each in matched.values()]
        difficulties = {each.difficulty for each in criteria if each.difficulty is not None}
        players = frozenset[str]().union(*(each.players for each in matched.values()))
        if len(difficulties) > 1 or len({(each.game_type, each.size) for each in criteria}) > 1:
            yield Violation(Kind.INVARIANT, f"{name} has parties that want different things")
        if len(players) > criteria[0].size:
            yield Violation(Kind.INVARIANT, f"{name} has {len(players)} players, and {criteria[0].size} were wanted")
        whole = by_party.get(some.search.matched_party_id or "")
        own = matched.get(some.search.matched_party_id or "")
        if whole is None or own is None or not _brings_together(whole, own.seq, players):
            yield Violation(Kind.HALF, f"{name} did not bring all of its players together")


def _brings_together(log: Log, seq: int, players: frozenset[str]) -> bool:
    """True if the party has all players at entry `seq`, or later and nobody has left it in between."""
    for entry in log.entries[seq - 1 :]:
        if players <= {member.player.id for member in entry.party.members}:
            return True
        if isinstance(entry.event, MemberLeft):
            return False
    return False


def _check_waits(logs: Iterable[Log], records: Records) -> Iterator[Violation]:
    """At the end all players are connected, so that nobody waits for a seat that is free, unless a block is in the way."""
    pairs = {frozenset((block.player_id, block.blocked_id)) for block in records.blocks}
    for log in logs:
        party = _final(log)
        if party is None:
            continue
        members = [member.player.id for member in party.members]
        waiting = [
            waiting.player.id
            for waiting in party.waiting
            if not any(frozenset((waiting.player.id, member)) in pairs for member in members)
        ]
        if party.is_closed and party.waiting:
            yield Violation(Kind.INVARIANT, f"{len(party.waiting)} players wait in the closed party {party.id}")
        elif party.free_seats > 0 and not party.settings.locked and waiting:
            text = f"{', '.join(waiting)} wait in party {party.id} with {party.free_seats} free seats"
            yield Late(Kind.INVARIANT, text)
        for held in party.reservations:
            if records.stopped_at is not None and held.until + HELD_TOO_LONG_MS < records.stopped_at:
                yield Late(Kind.INVARIANT, f"a seat in party {party.id} is still held for {held.player.id}")


def _check_blocks(logs: Iterable[Log], records: Records) -> Iterator[Violation]:
    """After a block was acknowledged no quick join, match or waiting list brings the two players together, and nobody comes into
    the party of a leader who has set it."""
    blocked: dict[frozenset[str], float] = {}
    one_way: dict[tuple[str, str], float] = {}
    for block in records.blocks:
        pair = frozenset((block.player_id, block.blocked_id))
        blocked[pair] = min(block.answered_at, blocked.get(pair, block.answered_at))
        way = (block.player_id, block.blocked_id)
        one_way[way] = min(block.answered_at, one_way.get(way, block.answered_at))
    quick = {(join.party_id, join.player_id, join.seq) for join in records.quick_joins}
    for log in logs:
        for before, entry in log.steps():
            if before is None:
                continue
            ids_before = {member.player.id for member in before.members}
            leader = before.leader.player.id if before.leader is not None else ""
            for joiner in (m.player.id for m in entry.party.members if m.player.id not in ids_before):
                held = before.reservation(joiner)
                by_server = (
                    (log.party_id, joiner, entry.seq) in quick
                    or (held is not None and held.reason.value in _HELD_BY_SERVER)
                    or _is_match(log, entry.seq)
                )
                for other in ids_before if by_server else ():
                    if blocked.get(frozenset((joiner, other)), entry.at) < entry.at:
                        text = f"{joiner} was seated beside {other} in {log.party_id} at {entry.seq} despite a block"
                        yield Violation(Kind.INVARIANT, text)
                if one_way.get((leader, joiner), entry.at) < entry.at:
                    text = f"{joiner} came into {log.party_id} at {entry.seq}, whose leader {leader} blocks this player"
                    yield Violation(Kind.INVARIANT, text)


def _is_match(log: Log, seq: int) -> bool:
    """True if the entry belongs to the commit of a match: the search of the party is MATCHED at the same time."""
    entry = log.entry(seq)
    assert entry is not None
    near = [log.entry(other) for other in range(max(1, seq - 16), min(log.head, seq + 16) + 1)]
    return any(
        other is not None
        and other.at == entry.at
        and other.party.search is not None
        and other.party.search.state is SearchState.MATCHED
        for other in near
    )
