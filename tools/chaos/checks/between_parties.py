"""Checks over all parties: a player is in one party at a time, and a join code and a session id belong to one party."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from lobby.domain import events as e
from lobby.domain.model import Party
from lobby.domain.values import Instant, LeaveReason
from tools.chaos.checks.mutations import STEP_MS
from tools.chaos.expected_state.histories import History
from tools.chaos.expected_state.logs import Log
from tools.chaos.violation import Kind, Violation

_OPEN_END: Instant = 1 << 62


@dataclass(frozen=True, slots=True)
class Span:
    """The time in which a party had a member or a code. `is_move`: the member then moved to another party in the same step."""

    party_id: str
    begins_at: Instant
    ends_at: Instant = _OPEN_END
    is_move: bool = False


def check_backup(history: History) -> Iterator[Violation]:
    """Find players who were in two parties at the moment of a backup. This check uses no clock."""
    seats: dict[str, list[str]] = defaultdict(list)
    heads = history.backup.heads if history.backup is not None else {}
    for party_id, head in heads.items():
        log = history.logs.get(party_id)
        for player_id in _members(log.party_at(head) if log is not None else None):
            seats[player_id].append(party_id)
    for player_id, party_ids in seats.items():
        if len(party_ids) > 1:
            yield Violation(Kind.INVARIANT, f"player {player_id} is in parties {party_ids} of a backup")


def check_between_parties(logs: Iterable[Log], clock_leeway_ms: int = 0) -> Iterator[Violation]:
    """Find players and codes that were in two parties at once, and sessions that were started twice."""
    seats: dict[str, list[Span]] = defaultdict(list)
    codes: dict[str, list[Span]] = defaultdict(list)
    sessions: dict[str, list[str]] = defaultdict(list)
    for log in logs:
        _add_seats(log, seats)
        _add_codes(log, codes)
        for entry in log.entries:
            if isinstance(entry.event, e.CountdownStarted):
                sessions[entry.event.session_id].append(log.party_id)
    for name, spans in (*_sort("player", seats), *_sort("code", codes)):
        yield from _overlaps(name, spans, clock_leeway_ms)
    for session_id, party_ids in sessions.items():
        if len(party_ids) > 1:
            yield Violation(Kind.INVARIANT, f"session {session_id} was started more than once: {party_ids}")


def _add_seats(log: Log, seats: dict[str, list[Span]]) -> None:
    since: dict[str, Instant] = {}
    for before, entry in log.steps():
        for player_id in _members(entry.party) - _members(before):
            since[player_id] = entry.at
        for player_id in _members(before) - _members(entry.party):
            moved = isinstance(entry.event, e.WaitingChanged | e.ReservationsChanged) or (
                isinstance(entry.event, e.MemberLeft) and entry.event.reason is LeaveReason.JOINED_ANOTHER
            )
            seats[player_id].append(Span(log.party_id, since.pop(player_id), entry.at, moved))
    for player_id, begins_at in since.items():
        seats[player_id].append(Span(log.party_id, begins_at))


def _add_codes(log: Log, codes: dict[str, list[Span]]) -> None:
    code, since = "", 0
    for before, entry in log.steps():
        if before is None:
            code, since = entry.party.join_code, entry.at
        elif entry.party.is_closed or entry.party.join_code != code:
            codes[code].append(Span(log.party_id, since, entry.at))
            code, since = entry.party.join_code, entry.at
    if log.entries and not log.entries[-1].party.is_closed:
        codes[code].append(Span(log.party_id, since))


def _members(party: Party | None) -> set[str]:
    """The members, and the players who wait for a seat: each of them has this one place."""
    return party.claimed_players if party is not None else set()


def _sort(what: str, spans: dict[str, list[Span]]) -> Iterator[tuple[str, list[Span]]]:
    for name, each in spans.items():
        yield f"{what} {name}", sorted(each, key=lambda span: (span.begins_at, span.ends_at))


def _overlaps(name: str, spans: list[Span], clock_leeway_ms: int) -> Iterator[Violation]:
    for earlier, later in pairwise(spans):
        leeway = clock_leeway_ms + (STEP_MS if earlier.is_move or later.is_move else 0)
        if min(earlier.ends_at, later.ends_at) - later.begins_at > leeway:
            yield Violation(Kind.INVARIANT, f"{name} is in parties {earlier.party_id} and {later.party_id} at once")
