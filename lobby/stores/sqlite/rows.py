"""The rows that postings put into each table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lobby.domain.events import Entry
from lobby.ports import IdempotencyRecord, RefreshFamily
from lobby.stores.codec import event_kind, written
from lobby.stores.digest import record_digest
from lobby.stores.lists import is_public
from lobby.stores.posting import PartyPosting, Posting, SessionPosting
from lobby.stores.sqlite.place import keeps_snapshot, place_of

Row = tuple[int | str | None, ...]
Rows = list[Row]


@dataclass(slots=True)
class GroupRows:
    """All that a group of postings puts in or takes out, by the statement that does it."""

    parties: Rows = field(default_factory=list)
    """Of the parties that are new, closed, or shown or hidden."""
    entries: Rows = field(default_factory=list)
    sessions: Rows = field(default_factory=list)
    """Of the sessions that are new or have ended; what happens in between is in their party."""
    cancelled_sessions: Rows = field(default_factory=list)
    given_up_codes: Rows = field(default_factory=list)
    records: Rows = field(default_factory=list)
    families: Rows = field(default_factory=list)

    @classmethod
    def of(cls, group: Iterable[Posting]) -> GroupRows:
        rows = cls()
        for posting in group:
            for party in posting.parties:
                rows._add_party(party)
            if posting.record is not None:
                rows.records.append(_record_row(posting.record))
            if posting.family is not None:
                rows.families.append(_family_row(posting.family))
        return rows

    def _add_party(self, posting: PartyPosting) -> None:
        before, after = posting.change.before, posting.after
        if before is None or after.is_closed or is_public(before) is not is_public(after):
            closed_at = after.changed_at if after.is_closed else None
            self.parties.append((posting.serial, after.id, is_public(after), closed_at))
        newest = posting.change.entries[-1]
        for entry in posting.change.entries:
            self.entries.append(_entry_row(posting, entry, keeps_snapshot(entry.seq) or entry is newest))
        for session in posting.sessions:
            if session.session is None:
                self.cancelled_sessions.append((session.serial,))
            elif session.is_new or session.has_ended:
                self.sessions.append(_session_row(session))
        if posting.given_up_code is not None:
            self.given_up_codes.append((posting.given_up_code, after.id, after.changed_at))


def _record_row(record: IdempotencyRecord) -> Row:
    return record_digest(record.player_id, record.key), record.at, written(record)


def _family_row(family: RefreshFamily) -> Row:
    return family.id, family.expires_at, written(family)


def _entry_row(party: PartyPosting, entry: Entry, with_party: bool) -> Row:
    return (
        place_of(party.serial, entry.seq),
        entry.at,
        entry.actor_id,
        event_kind(entry.event),
        written(entry.event),
        written(entry.party) if with_party else None,
    )


def _session_row(posting: SessionPosting) -> Row:
    session = posting.session
    assert session is not None, "a cancelled session has no row"
    return (
        posting.serial,
        posting.id,
        session.party_id,
        session.status.value,
        session.game_type.value,
        session.ended_at,
        written(session) if posting.has_ended else None,
    )
