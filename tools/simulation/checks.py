"""The checks after a run: the logs of the store against each other, and against what the players were told.

The logs are replayed from their events. The checks share no code with the rules that they check.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from lobby.domain.bounds import Bounds
from lobby.domain.inbox import Inbox, InboxEntry, MembershipChanged
from lobby.domain.model import Party
from lobby.domain.values import LeaveReason, SearchState
from lobby.ports import Retention
from lobby.runtime.clock import SystemClock
from lobby.stores import open_store
from tools.chaos.expected_state.logs import Log, read_logs
from tools.chaos.violation import Kind, Violation
from tools.simulation.records import Records

INBOX_PAGE = 500
_ENDS = frozenset({SearchState.MATCHED, SearchState.CANCELLED, SearchState.EXPIRED})


async def check(url: str, records: Records) -> list[Violation]:
    """All that is wrong in the store at `url`, and in what the players have seen. The servers are down."""
    stored = await read_logs(url, ())
    logs = list(stored.logs.values())
    inboxes = await _read_inboxes(url, sorted(records.inboxes))
    return [
        *stored.violations,
        *(Violation(Kind.SERVER, fault) for fault in records.faults),
        *_check_seats(logs),
        *_check_searches(logs, records),
        *_check_waits(logs),
        *_check_blocks(logs, records),
        *_check_inboxes(logs, inboxes),
        *_check_streams(inboxes, records),
    ]


def _final(log: Log) -> Party | None:
    return log.party_at(log.head)


def _check_seats(logs: Sequence[Log]) -> Iterator[Violation]:
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


def _check_searches(logs: Sequence[Log], records: Records) -> Iterator[Violation]:
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
                yield Violation(Kind.INVARIANT, f"search {search_id} has not ended: {state.value}")
    for cancel in records.cancels:
        end = ends.get(cancel.search_id)
        if end is None or end.value != cancel.state:
            yield Violation(Kind.ANSWER, f"cancelSearch of {cancel.search_id} said {cancel.state}, the log {end}")


def _check_waits(logs: Sequence[Log]) -> Iterator[Violation]:
    """At the end all players are connected, so that nobody waits for a seat that is free."""
    for log in logs:
        party = _final(log)
        if party is None or not party.waiting:
            continue
        if party.is_closed:
            yield Violation(Kind.INVARIANT, f"{len(party.waiting)} players wait in the closed party {party.id}")
        elif party.free_seats > 0 and not party.settings.locked:
            yield Violation(Kind.INVARIANT, f"players wait in party {party.id} with {party.free_seats} free seats")


def _check_blocks(logs: Sequence[Log], records: Records) -> Iterator[Violation]:
    """No quick join, match or waiting list brings two players together after a block between them was acknowledged.

    A leader's block also holds for joining by id; that is not checked here.
    """
    blocked: dict[frozenset[str], float] = {}
    for block in records.blocks:
        pair = frozenset((block.player_id, block.blocked_id))
        blocked[pair] = min(block.answered_at, blocked.get(pair, block.answered_at))
    quick = {(join.party_id, join.player_id, join.seq) for join in records.quick_joins}
    for log in logs:
        for before, entry in log.steps():
            if before is None:
                continue
            ids_before = {member.player.id for member in before.members}
            for joiner in (m.player.id for m in entry.party.members if m.player.id not in ids_before):
                held = before.reservation(joiner)
                by_server = (
                    (log.party_id, joiner, entry.seq) in quick
                    or (held is not None and held.reason.value in ("WAITLIST", "MATCH"))
                    or _is_match(log, entry.seq)
                )
                for other in ids_before if by_server else ():
                    if blocked.get(frozenset((joiner, other)), entry.at) < entry.at:
                        text = f"{joiner} was seated beside {other} in {log.party_id} at {entry.seq} despite a block"
                        yield Violation(Kind.INVARIANT, text)


def _is_match(log: Log, seq: int) -> bool:
    """True if the entry belongs to the commit of a match: the search of the party is MATCHED at the same time."""
    entry = log.entry(seq)
    assert entry is not None
    near = [log.entry(other) for other in range(max(1, seq - 8), min(log.head, seq + 8) + 1)]
    return any(
        other is not None
        and other.at == entry.at
        and other.party.search is not None
        and other.party.search.state is SearchState.MATCHED
        for other in near
    )


def _check_inboxes(logs: Sequence[Log], inboxes: dict[str, list[InboxEntry]]) -> Iterator[Violation]:
    """What the logs say about the membership of a player is in the inbox of the player exactly once, and nothing else is."""
    expected: defaultdict[str, Counter[tuple[str, str | None]]] = defaultdict(Counter)
    for log in logs:
        for before, entry in log.steps():
            old = {member.player.id for member in before.members} if before is not None else set()
            new = {member.player.id for member in entry.party.members}
            for player_id in new - old:
                expected[player_id][log.party_id, None] += 1
            for player_id in old - new:
                reason = _leave_reason(entry.event)
                if reason is not LeaveReason.JOINED_ANOTHER:
                    expected[player_id][log.party_id, reason.value if reason is not None else "CLOSED"] += 1
    for player_id, entries in inboxes.items():
        seqs = [entry.seq for entry in entries]
        if seqs != list(range(1, len(seqs) + 1)):
            yield Violation(Kind.LOST, f"the inbox of {player_id} has holes")
        said = Counter(
            (entry.event.party_id, entry.event.leave_reason.value if entry.event.leave_reason is not None else None)
            for entry in entries
            if isinstance(entry.event, MembershipChanged)
        )
        for item in expected[player_id] - said:
            yield Violation(Kind.LOST, f"the inbox of {player_id} lacks {item}")
        for item in said - expected[player_id]:
            yield Violation(Kind.DOUBLED, f"the inbox of {player_id} has {item} once too often")


def _leave_reason(event: Any) -> LeaveReason | None:
    reason = getattr(event, "reason", None)
    return reason if isinstance(reason, LeaveReason) else None


def _check_streams(inboxes: dict[str, list[InboxEntry]], records: Records) -> Iterator[Violation]:
    """Each player saw every entry of the inbox once and in order; a snapshot may take the place of some."""
    for player_id, frames in records.inboxes.items():
        last: int | None = None
        for frame in frames:
            seq = frame["seq"]
            is_snapshot = frame["__typename"] == "InboxSnapshot"
            if last is not None and not is_snapshot and seq != last + 1:
                yield Violation(Kind.LOST, f"{player_id} saw entry {seq} of the inbox after {last}")
            last = seq
        if last != len(inboxes[player_id]):
            yield Violation(Kind.LOST, f"{player_id} saw the inbox up to {last} of {len(inboxes[player_id])}")


async def _read_inboxes(url: str, player_ids: Sequence[str]) -> dict[str, list[InboxEntry]]:
    store = await open_store(url, Bounds(), Retention(), SystemClock())
    found: dict[str, list[InboxEntry]] = {}
    try:
        for player_id in player_ids:
            entries: list[InboxEntry] = []
            newest = await store.inbox(player_id)
            after = Inbox(player_id, newest.epoch)
            while newest.version and (page := await store.inbox_entries(after, INBOX_PAGE)):
                entries += page
                after = entries[-1].inbox
            found[player_id] = entries
    finally:
        await store.close()
    return found
