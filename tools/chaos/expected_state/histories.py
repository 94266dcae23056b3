"""The histories of a store that was restored from backups: its logs before each restore, and at the end.

A restore takes back all that was committed after the backup. Those entries were acknowledged, and clients have seen them, so
a run keeps them: they are the lost tail of their history. Each live party has another epoch in the next history.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lobby.domain import events as e
from lobby.domain.events import Entry
from lobby.struct import replace
from tools.chaos.evidence import LATEST
from tools.chaos.expected_state.logs import Log, Logs
from tools.chaos.violation import Kind, Violation


@dataclass(frozen=True, slots=True)
class Backup:
    """The content of a backup of the store, which was put back later."""

    began_at_s: float
    """By the monotonic clock. All mutations that were acknowledged before this time are in the backup."""
    heads: Mapping[str, int]
    """By party: the seq of its last entry."""
    closed_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class History:
    """All logs of the store. `backup` is what the restore that ended this history kept of it; None for the last history."""

    logs: Logs
    backup: Backup | None = None

    def keeps(self, party_id: str, seq: int) -> bool:
        """True if the entry is in the next history too, or if there is no next one."""
        return seq <= self.kept_head(party_id, seq)

    def kept_head(self, party_id: str, head: int) -> int:
        """The last entry of the party that is in the next history; `head` if there is no next one."""
        return head if self.backup is None else min(head, self.backup.heads.get(party_id, 0))


@dataclass(frozen=True, slots=True)
class Origin:
    """An entry, by the first history that has it. The same seq of another history may be another entry."""

    history: int
    party_id: str
    seq: int


class PartyLogs:
    """The logs of one party in the order of the histories, by epoch."""

    def __init__(self, party_id: str) -> None:
        self.party_id = party_id
        self.latest: Log | None = None
        """The log in the last history; None if that has none."""
        self._logs: dict[str, Log] = {}
        self._order: dict[str, int] = {}

    def add(self, history: int, log: Log, is_last: bool) -> None:
        """Histories must be added in their order. Logs with the same epoch have the same entries."""
        self._logs[log.epoch] = log
        self._order.setdefault(log.epoch, history)
        if is_last:
            self.latest = log

    @property
    def each(self) -> list[Log]:
        return list(self._logs.values())

    def log(self, epoch: str) -> Log | None:
        """None if no history has a log with this epoch."""
        return self.latest if epoch == LATEST else self._logs.get(epoch)

    def history(self, epoch: str) -> int | None:
        """The number of the first history with this epoch."""
        log = self.latest if epoch == LATEST else None
        return self._order.get(log.epoch if log is not None else epoch)

    def is_latest(self, epoch: str) -> bool:
        return epoch == LATEST or (self.latest is not None and self.latest.epoch == epoch)


@dataclass(slots=True)
class Histories:
    """All histories of a run, from the first to the last."""

    each: Sequence[History]
    parties: dict[str, PartyLogs] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for number, history in enumerate(self.each):
            for party_id, log in history.logs.items():
                party = self.parties.setdefault(party_id, PartyLogs(party_id))
                party.add(number, log, history.backup is None)

    @property
    def latest(self) -> Logs:
        return self.each[-1].logs

    def party(self, party_id: str) -> PartyLogs:
        return self.parties.get(party_id) or PartyLogs(party_id)

    def origin(self, party_id: str, epoch: str, seq: int) -> Origin | None:
        """None if no history has a log with this epoch."""
        number = self.party(party_id).history(epoch)
        if number is None:
            return None
        while number > 0 and self.each[number - 1].keeps(party_id, seq):
            number -= 1
        return Origin(number, party_id, seq)

    def is_kept(self, origin: Origin) -> bool:
        """True if the entry is in the last history."""
        return self.lost_with(origin) is None

    def lost_with(self, origin: Origin) -> int | None:
        """The number of the history in whose lost tail the entry is; None if it is in the last history."""
        numbers = range(origin.history, len(self.each))
        return next((n for n in numbers if not self.each[n].keeps(origin.party_id, origin.seq)), None)

    def lost_entries(self) -> int:
        """The number of entries in all lost tails."""
        heads = ((each, log.party_id, log.head) for each in self.each for log in each.logs.values())
        return sum(head - each.kept_head(party_id, head) for each, party_id, head in heads)

    def check_restores(self) -> Iterator[Violation]:
        """Each restore brought back what its backup had, and gave a new epoch to each party that had lost entries."""
        for number, (before, after) in enumerate(zip(self.each, self.each[1:], strict=False), 1):
            assert before.backup is not None, "a restore ended it"
            for party_id, head in before.backup.heads.items():
                old, new = before.logs.get(party_id), after.logs.get(party_id)
                where = f"party {party_id} after restore {number}"
                if old is None or new is None or old is new:
                    if old is not new:
                        yield Violation(Kind.LOST, f"{where}: the backup has it, and a history does not")
                    continue
                if old.head > head and old.epoch == new.epoch:
                    yield Violation(Kind.LOST, f"{where} lost entries after {head}, and kept its epoch {old.epoch}")
                if _plain(old.entries[:head]) != _plain(new.entries[:head]):
                    yield Violation(Kind.LOST, f"{where} has other entries up to {head} than the backup")


def _plain(entries: Sequence[Entry]) -> list[tuple[object, ...]]:
    """The entries without what a new epoch changes in them."""
    return [(entry.seq, entry.at, entry.actor_id, _without_epoch(entry.event)) for entry in entries]


def _without_epoch(event: e.Event) -> e.Event:
    return replace(event, epoch="") if isinstance(event, e.PartyCreated) else event
