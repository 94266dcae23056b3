"""What each party that was shown outside the streams ought to have looked like."""

from __future__ import annotations

from chaos.checks.difference import difference
from chaos.checks.rest import half_shown
from chaos.checks.violation import Kind, Violation
from chaos.evidence.contents import Contents
from chaos.evidence.sights import Sight, SightKind
from chaos.json_value import Json
from chaos.truth.logs import Log
from chaos.truth.shown_event import shown_entry
from chaos.truth.shown_party import shown_party, shown_session
from lobby.domain.events import Entry
from lobby.domain.standing import Standing, standing


def wrong_sight(log: Log, sight: Sight, contents: Contents) -> Violation | None:
    """`sight` held against the log."""
    where = f"{sight.viewer_id} was shown party {sight.party_id} at {sight.seq} ({sight.kind.value})"
    entry = log.entry(sight.seq)
    if entry is None:
        return Violation(Kind.LOST, f"{where}; the log ends at {log.head}")
    found = difference(_expected(entry, sight), contents.value(sight.content))
    if found is not None:
        return Violation(Kind.CONTENT, f"{where} wrong: {found}")
    return None if sight.kind is SightKind.HISTORY else half_shown(where, entry)


def _expected(entry: Entry, sight: Sight) -> Json:
    viewed = standing(entry.party, sight.viewer_id)
    if sight.kind is SightKind.HISTORY:
        return shown_entry(entry, max(viewed, Standing.FORMER))
    party = shown_party(entry.party, viewed)
    if sight.kind is SightKind.PARTY:
        return party
    session = entry.party.shown_session
    shown = shown_session(session, viewed) if session is not None else None
    return {"party": party, "seq": entry.seq, "session": shown}
