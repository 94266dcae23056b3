"""A record of which player received which event, and whether any of them missed one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tools.demo.answers import Answer
from tools.demo.event_text import event_text

LIVE, REPLAYED, SNAPSHOT, NOT_YET = "o", "r", "S", "."
LEGEND = f"{LIVE} live   {REPLAYED} replayed after a lost connection   {SNAPSHOT} snapshot   {NOT_YET} not in the party"


@dataclass(slots=True)
class Record:
    """One row per seq, one column per player."""

    names: Sequence[str]
    entries: dict[int, str] = field(default_factory=dict)
    snapshots: dict[int, str] = field(default_factory=dict)
    marks: dict[str, dict[int, str]] = field(default_factory=dict)
    replayed_until: dict[str, int] = field(default_factory=dict)

    def note(self, name: str, event: Answer) -> bool:
        """Record an event. True if it is a log entry that no player received before."""
        seq: int = event["seq"]
        if event["__typename"] == "Removed":
            return False
        is_snapshot = event["__typename"] == "PartySnapshot"
        self.marks.setdefault(name, {})[seq] = SNAPSHOT if is_snapshot else self._mark(name, seq)
        is_new = not is_snapshot and seq not in self.entries
        (self.snapshots if is_snapshot else self.entries).setdefault(seq, event_text(event))
        return is_new

    @property
    def head(self) -> int:
        """The highest seq of an entry that any player received; 0 before the first."""
        return max(self.entries, default=0)

    def comes_back(self, name: str) -> None:
        """Mark the entries that others have received by now as replayed to this player."""
        self.replayed_until[name] = self.head

    def missed(self) -> list[str]:
        """The entries that a player missed between its first and its last one, in words."""
        return [
            f"{name} never received #{seq}"
            for name, marks in self.marks.items()
            for seq in range(min(marks), max(marks) + 1)
            if seq not in marks
        ]

    def rows(self) -> list[str]:
        """The lines of the table: seq, a mark per player, and the event in words."""
        first = "      " + "".join(f"{name:>6}" for name in self.names)
        words = self.snapshots | self.entries
        return [first, *(f" {seq:>4} {self._columns(seq)}   {words[seq]}" for seq in sorted(words))]

    def _columns(self, seq: int) -> str:
        return "".join(f"{self.marks.get(name, {}).get(seq, NOT_YET):>6}" for name in self.names)

    def _mark(self, name: str, seq: int) -> str:
        return REPLAYED if seq <= self.replayed_until.get(name, 0) else LIVE
