"""What each frame of a stream ought to have said."""

from __future__ import annotations

from chaos.checks.difference import difference
from chaos.checks.rest import half_shown
from chaos.checks.violation import Kind, Violation
from chaos.evidence.contents import Content, Contents
from chaos.evidence.stays import Seen, Stay
from chaos.truth.logs import Log
from chaos.truth.shown_event import shown_entry, shown_place
from lobby.domain.events import Entry
from lobby.domain.standing import Standing, standing

ABOUT_THE_STREAM = frozenset({"PartySnapshot", "Heartbeat", "Removed"})
_MADE_WHEN_SENT = ("__typename", "at", "actorId", "reason", "reconnectAfterMs", "leaveReason", "retryAt", "ticket")
"""What a frame about the stream has besides the party."""


class FrameCheck:
    """Holds the frames of one party's followers against its log; those that are equal for equal viewers, once."""

    def __init__(self, log: Log, contents: Contents) -> None:
        self._log = log
        self._contents = contents
        self._found: dict[tuple[str, int, Standing, Content], str | None] = {}

    def wrong(self, stay: Stay, seen: Seen) -> Violation | None:
        where = f"{stay} was shown {seen.kind} {seen.seq}"
        entry = self._log.entry(seen.seq)
        if entry is None:
            return Violation(Kind.LOST, f"{where}; the log ends at {self._log.head}")
        found = self._difference(seen, entry, standing(entry.party, stay.player_id))
        if found is not None:
            return Violation(Kind.CONTENT, f"{where} wrong: {found}")
        return half_shown(where, entry) if seen.kind == "PartySnapshot" else None

    def _difference(self, seen: Seen, entry: Entry, viewed: Standing) -> str | None:
        key = (seen.kind, seen.seq, viewed, seen.content)
        if key not in self._found:
            self._found[key] = self._compared(seen, entry, viewed)
        return self._found[key]

    def _compared(self, seen: Seen, entry: Entry, viewed: Standing) -> str | None:
        received = self._contents.value(seen.content)
        if seen.kind in ABOUT_THE_STREAM:
            return difference(shown_place(entry.party, viewed), _without(received, *_MADE_WHEN_SENT))
        return difference(shown_entry(entry, viewed), _without(received, "ticket"))


def _without(value: object, *names: str) -> object:
    return {key: part for key, part in value.items() if key not in names} if isinstance(value, dict) else value
