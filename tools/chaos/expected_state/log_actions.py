"""The actions of players that a log records: which entry each action left there, and what it was about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lobby.domain import events as e
from lobby.domain.events import Entry
from lobby.domain.model import Party
from tools.chaos.expected_state.events import name_action
from tools.chaos.expected_state.logs import Log


@dataclass(frozen=True, slots=True)
class LogAction:
    """One command of a player that changed a party."""

    party_id: str
    seq: int
    """The entry that records the action."""
    last_seq: int
    """The last entry that was appended in the same step, with the consequences of the action."""
    at: int
    actor_id: str
    name: str
    mark: str | None = None
    target_id: str | None = None
    is_marked: bool = False
    """True if `mark` identifies the mutation."""

    def __str__(self) -> str:
        return f"entry {self.seq} of party {self.party_id}: {self.name} by {self.actor_id}"


def log_actions(log: Log) -> list[LogAction]:
    """All actions in the order of the log. A consequence is no action: leaving the party also leaves the session."""
    return [action for before, entry in log.steps() if (action := _action(log, before, entry)) is not None]


def _action(log: Log, before: Party | None, entry: Entry) -> LogAction | None:
    actor_id = entry.actor_id
    if actor_id is None or _is_part_of_leaving(log, entry) or _is_part_of_disbanding(log, entry):
        return None
    if _is_part_of_continuing(log, entry):
        return None
    found = name_action(before, entry, actor_id)
    if found is None or _is_part_of_joining(log, entry, found.name) or _is_part_of_team_changes(log, entry, found.name):
        return None
    return LogAction(
        log.party_id,
        entry.seq,
        _last_seq(log, entry),
        entry.at,
        actor_id,
        found.name,
        found.mark,
        found.target_id,
        found.is_marked,
    )


def _is_part_of_leaving(log: Log, entry: Entry) -> bool:
    """A member who leaves the party leaves its session first."""
    next_entry = _same_command(log, entry, entry.seq + 1)
    return isinstance(entry.event, e.SessionUpdated | e.SessionEnded) and _is_event(next_entry, e.MemberLeft)


def _is_part_of_disbanding(log: Log, entry: Entry) -> bool:
    """A countdown, a session and all invites end before the members leave."""
    next_entry = _same_command(log, entry, entry.seq + 1)
    while next_entry is not None and isinstance(next_entry.event, e.InviteEnded):
        next_entry = _same_command(log, entry, next_entry.seq + 1)
    is_end = isinstance(entry.event, e.CountdownCancelled | e.SessionEnded | e.InviteEnded)
    return is_end and _is_event(next_entry, e.MemberLeft | e.PartyClosed)


def _is_part_of_continuing(log: Log, entry: Entry) -> bool:
    """A party that continues a run invites the players of the run."""
    previous = _same_command(log, entry, entry.seq - 1)
    while previous is not None and isinstance(previous.event, e.PlayerInvited):
        previous = _same_command(log, entry, previous.seq - 1)
    return isinstance(entry.event, e.PlayerInvited) and _is_event(previous, e.PartyCreated)


def _is_part_of_joining(log: Log, entry: Entry, name: str) -> bool:
    """A late joiner of the party enters its session in the same step."""
    return name == "enter" and _is_event(_same_command(log, entry, entry.seq - 1), e.MemberJoined)


def _is_part_of_team_changes(log: Log, entry: Entry, name: str) -> bool:
    """One change of the settings, or one shuffle, gives several members a new team."""
    previous = _same_command(log, entry, entry.seq - 1)
    return name == "team" and _is_event(previous, e.SettingsChanged | e.MemberUpdated)


def _same_command(log: Log, entry: Entry, seq: int) -> Entry | None:
    """Entry `seq` if it has the same time and actor."""
    other = log.entry(seq)
    is_same = other is not None and (other.at, other.actor_id) == (entry.at, entry.actor_id)
    return other if is_same else None


def _is_event(entry: Entry | None, kind: type | object) -> bool:
    return entry is not None and isinstance(entry.event, kind)  # type: ignore[arg-type]


def _last_seq(log: Log, entry: Entry) -> int:
    return max(_same_step(log, entry), default=entry.seq)


def _same_step(log: Log, entry: Entry) -> Iterator[int]:
    for following in log.entries[entry.seq :]:
        if following.at != entry.at or following.actor_id not in (entry.actor_id, None):
            return
        yield following.seq
