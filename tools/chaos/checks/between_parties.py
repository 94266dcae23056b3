"""What holds between parties: a player is in one of them, a code and a session id belong to one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from chaos.checks.moves import STEP_MS
from chaos.checks.violation import Kind, Violation
from chaos.truth.logs import Log
from lobby.domain import events as e
from lobby.domain.model import Party
from lobby.domain.values import Instant, LeaveReason

_ALWAYS: Instant = 1 << 62


@dataclass(frozen=True, slots=True)
class Span:
    """Something of a party's, from one time to another. `is_move`: it ended by going elsewhere in the same step."""

    party_id: str
    begins_at: Instant
    ends_at: Instant = _ALWAYS
    is_move: bool = False


def between_parties(logs: Iterable[Log]) -> Iterator[Violation]:
    seats: dict[str, list[Span]] = defaultdict(list)
    codes: dict[str, list[Span]] = defaultdict(list)
    sessions: dict[str, list[str]] = defaultdict(list)
    for log in logs:
        _note_seats(log, seats)
        _note_codes(log, codes)
        for entry in log.entries:
            if isinstance(entry.event, e.CountdownStarted):
                sessions[entry.event.session_id].append(log.party_id)
    for name, spans in (*_named("player", seats), *_named("code", codes)):
        yield from _overlaps(name, spans)
    for session_id, party_ids in sessions.items():
        if len(party_ids) > 1:
            yield Violation(Kind.INVARIANT, f"session {session_id} was started more than once: {party_ids}")


def _note_seats(log: Log, seats: dict[str, list[Span]]) -> None:
    since: dict[str, Instant] = {}
    for before, entry in log.steps():
        for player_id in _members(entry.party) - _members(before):
            since[player_id] = entry.at
        for player_id in _members(before) - _members(entry.party):
            moved = isinstance(entry.event, e.MemberLeft) and entry.event.reason is LeaveReason.JOINED_ANOTHER
            seats[player_id].append(Span(log.party_id, since.pop(player_id), entry.at, moved))
    for player_id, begins_at in since.items():
        seats[player_id].append(Span(log.party_id, begins_at))


def _note_codes(log: Log, codes: dict[str, list[Span]]) -> None:
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
    return {member.player.id for member in party.members} if party is not None else set()


def _named(what: str, spans: dict[str, list[Span]]) -> Iterator[tuple[str, list[Span]]]:
    for name, each in spans.items():
        yield f"{what} {name}", sorted(each, key=lambda span: (span.begins_at, span.ends_at))


def _overlaps(name: str, spans: list[Span]) -> Iterator[Violation]:
    for earlier, later in pairwise(spans):
        leeway = STEP_MS if earlier.is_move or later.is_move else 0
        if min(earlier.ends_at, later.ends_at) - later.begins_at > leeway:
            yield Violation(Kind.INVARIANT, f"{name} is in parties {earlier.party_id} and {later.party_id} at once")
