"""Checks of contents: each frame, answer and query result shows what the log says at its seq."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lobby.domain.events import Entry
from lobby.domain.viewer_access import AccessLevel, access_level
from tools.chaos.checks.invariants import partial_step
from tools.chaos.evidence import UNKNOWN, Content, Contents, Frame, Observation, ObservationKind, StreamSession
from tools.chaos.expected_state.events import FRESH_FIELDS, STREAM_FRAMES, expected_entry, expected_position
from tools.chaos.expected_state.histories import PartyLogs
from tools.chaos.expected_state.logs import Log
from tools.chaos.expected_state.party import cursor, expected_party, expected_search, expected_session
from tools.chaos.json_value import Json
from tools.chaos.violation import Kind, Violation

_STREAM_FIELDS = frozenset(
    {"__typename", "at", "actorId", "reason", "reconnectAfterMs", "leaveReason", "retryAt", "ticket"}
)
"""The fields of `STREAM_FRAMES` that the log does not determine."""


class FrameCheck:
    """Compares the frames of one party's streams with its logs. Equal frames for equal access are compared once."""

    def __init__(self, logs: PartyLogs, contents: Contents) -> None:
        self._logs = logs
        self._contents = contents
        self._results: dict[tuple[str, int, AccessLevel, Content], str | None] = {}
        self._in_log: dict[tuple[int, Content], bool] = {}

    def check(self, stream: StreamSession, frame: Frame) -> Violation | None:
        """The first thing that is wrong with a frame; None if it is right."""
        where = f"{stream} received {frame.kind} {frame.seq}"
        log = self._logs.log(frame.epoch)
        entry = log.entry(frame.seq) if log is not None else None
        if entry is None:
            return Violation(Kind.LOST, f"{where}; {_end(log)}")
        found = self._difference(frame, entry, access_level(entry.party, stream.player_id))
        if found is not None:
            return Violation(Kind.CONTENT, f"{where} wrong: {found}")
        return partial_step(where, entry) if frame.kind == "PartySnapshot" else None

    def check_lost_entries(self, stream: StreamSession) -> Iterator[Violation]:
        """After an entry that the log lacks, such as after a failover, the next thing that a stream applies is a snapshot."""
        lost: Frame | None = None
        for frame in stream.frames:
            if frame.kind == "Heartbeat" or frame.kind == "Removed":
                continue
            is_in_log = self._is_in_log(frame)
            if lost is not None and is_in_log and frame.kind != "PartySnapshot":
                where = f"{stream} received {frame.kind} {frame.seq} after {lost.kind} {lost.seq}"
                yield Violation(Kind.CROSSED, f"{where}, which the log lacks")
            lost = None if is_in_log else frame

    def _is_in_log(self, frame: Frame) -> bool:
        key = (frame.seq, frame.content)
        if key not in self._in_log:
            log = self._logs.log(frame.epoch)
            party = log.party_at(frame.seq) if log is not None else None
            value: Any = self._contents.value(frame.content)
            self._in_log[key] = party is not None and value["cursor"] == cursor(party)
        return self._in_log[key]

    def _difference(self, frame: Frame, entry: Entry, access: AccessLevel) -> str | None:
        key = (frame.kind, frame.seq, access, frame.content)
        if key not in self._results:
            self._results[key] = self._compare(frame, entry, access)
        return self._results[key]

    def _compare(self, frame: Frame, entry: Entry, access: AccessLevel) -> str | None:
        received = self._contents.value(frame.content)
        if frame.kind in STREAM_FRAMES:
            return difference(expected_position(entry.party, access), _without(received, _STREAM_FIELDS))
        return difference(expected_entry(entry, access), _without(received, FRESH_FIELDS))


def check_observation(logs: PartyLogs, observation: Observation, contents: Contents) -> Violation | None:
    """The first thing that is wrong with a party or entry that an answer showed; None if it is right."""
    candidates = logs.each if observation.epoch == UNKNOWN else [logs.log(observation.epoch)]
    found = [_check_observation(log, observation, contents) for log in candidates]
    return None if None in found else found[-1]


def _check_observation(log: Log | None, observation: Observation, contents: Contents) -> Violation | None:
    where = f"{observation.viewer_id} was shown party {observation.party_id} at {observation.seq} ({observation.kind.value})"
    entry = log.entry(observation.seq) if log is not None else None
    if entry is None:
        return Violation(Kind.LOST, f"{where}; {_end(log)}")
    found = difference(_expected(entry, observation), contents.value(observation.content))
    if found is not None:
        return Violation(Kind.CONTENT, f"{where} wrong: {found}")
    return None if observation.kind is ObservationKind.HISTORY else partial_step(where, entry)


def _end(log: Log | None) -> str:
    return f"the log ends at {log.head}" if log is not None else "no log has such a cursor"


def _expected(entry: Entry, observation: Observation) -> Json:
    access = access_level(entry.party, observation.viewer_id)
    if observation.kind is ObservationKind.HISTORY:
        return expected_entry(entry, max(access, AccessLevel.FORMER))
    party = expected_party(entry.party, access)
    if observation.kind is ObservationKind.PARTY:
        return party
    session = entry.party.latest_session
    expected = expected_session(session, access) if session is not None else None
    search = entry.party.search
    return {
        "party": party,
        "seq": entry.seq,
        "session": expected,
        "search": expected_search(search) if search is not None else None,
    }


ALIASES = {"previousHost": "previous", "inviter": "from", "invitee": "to"}
"""Fields that `client_queries/` asks for under another name, since those of one name differ between the types of events."""


def difference(expected: object, received: object, path: str = "") -> str | None:
    """The first place where `received` differs from `expected`, in words; None if they agree.

    A client need not ask for every field: a key that is missing in `received` is no difference.
    """
    if isinstance(expected, dict) and isinstance(received, dict):
        for key, value in received.items():
            name = ALIASES.get(key, key)
            at = f"{path}.{key}" if path else str(key)
            found = difference(expected[name], value, at) if name in expected else f"{at} is {value!r}, not expected"
            if found is not None:
                return found
        return None
    if isinstance(expected, list) and isinstance(received, list) and len(expected) == len(received):
        for index, (one, other) in enumerate(zip(expected, received, strict=True)):
            found = difference(one, other, f"{path}[{index}]")
            if found is not None:
                return found
        return None
    return None if expected == received else f"{path} is {received!r}, not {expected!r}"


def _without(value: object, names: frozenset[str]) -> object:
    return {key: part for key, part in value.items() if key not in names} if isinstance(value, dict) else value
