"""Who saw which event, and whether anybody missed one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lobby.demo.answers import Answer
from lobby.demo.words import in_words

LIVE, REPLAYED, SNAPSHOT, NOT_YET = "o", "r", "S", "."
LEGEND = f"{LIVE} live   {REPLAYED} replayed after a lost connection   {SNAPSHOT} snapshot   {NOT_YET} not in the party"


@dataclass(slots=True)
class Record:
    """Rows by sequence number, one column a player."""

    names: Sequence[str]
    entries: dict[int, str] = field(default_factory=dict)
    snapshots: dict[int, str] = field(default_factory=dict)
    marks: dict[str, dict[int, str]] = field(default_factory=dict)
    replayed_until: dict[str, int] = field(default_factory=dict)

    def note(self, name: str, event: Answer) -> bool:
        """True if it is a log entry that nobody has seen before."""
        seq: int = event["seq"]
        if event["__typename"] == "Removed":
            return False
        is_snapshot = event["__typename"] == "PartySnapshot"
        self.marks.setdefault(name, {})[seq] = SNAPSHOT if is_snapshot else self._mark(name, seq)
        is_new = not is_snapshot and seq not in self.entries
        (self.snapshots if is_snapshot else self.entries).setdefault(seq, in_words(event))
        return is_new

    @property
    def head(self) -> int:
        """The newest entry that anybody has seen; 0 before the first."""
        return max(self.entries, default=0)

    def comes_back(self, name: str) -> None:
        """What others have seen by now is replayed to this one."""
        self.replayed_until[name] = self.head

    def missed(self) -> list[str]:
        """Holes in what a player saw between the first and the last frame, in words; none on a sound server."""
        return [
            f"{name} never saw #{seq}"
            for name, marks in self.marks.items()
            for seq in range(min(marks), max(marks) + 1)
            if seq not in marks
        ]

    def rows(self) -> list[str]:
        """The table: sequence number, one mark a player, the event in words."""
        first = "      " + "".join(f"{name:>6}" for name in self.names)
        words = self.snapshots | self.entries
        return [first, *(f" {seq:>4} {self._columns(seq)}   {words[seq]}" for seq in sorted(words))]

    def _columns(self, seq: int) -> str:
        return "".join(f"{self.marks.get(name, {}).get(seq, NOT_YET):>6}" for name in self.names)

    def _mark(self, name: str, seq: int) -> str:
        return REPLAYED if seq <= self.replayed_until.get(name, 0) else LIVE
