"""The rows that a posting puts into each table."""

from __future__ import annotations

from collections.abc import Iterator

from lobby.domain.events import Entry
from lobby.stores.codec import event_kind, written
from lobby.stores.digest import record_digest
from lobby.stores.lists import is_public
from lobby.stores.posting import PartyPosting, Posting, SessionPosting
from lobby.stores.sqlite.place import keeps_snapshot, place_of

Row = tuple[int | str | None, ...]


def party_rows(posting: Posting) -> Iterator[Row]:
    """Of the parties that are new, closed, or shown or hidden."""
    for party in posting.parties:
        before, after = party.change.before, party.after
        if before is None or after.is_closed or is_public(before) is not is_public(after):
            yield party.serial, after.id, is_public(after), after.changed_at if after.is_closed else None


def entry_rows(posting: Posting) -> Iterator[Row]:
    for party in posting.parties:
        newest = party.change.entries[-1]
        for entry in party.change.entries:
            yield _entry_row(party, entry, keeps_snapshot(entry.seq) or entry is newest)


def session_rows(posting: Posting) -> Iterator[Row]:
    """Of the sessions that are new or have ended; what happens in between is in their party."""
    for party in posting.parties:
        for session in party.sessions:
            if session.session is not None and (session.is_new or session.has_ended):
                yield _session_row(session)


def cancelled_session_rows(posting: Posting) -> Iterator[Row]:
    for party in posting.parties:
        for session in party.sessions:
            if session.session is None:
                yield (session.serial,)


def given_up_code_rows(posting: Posting) -> Iterator[Row]:
    for party in posting.parties:
        if party.given_up_code is not None:
            yield party.given_up_code, party.after.id, party.after.changed_at


def record_rows(posting: Posting) -> Iterator[Row]:
    record = posting.record
    if record is not None:
        yield record_digest(record.player_id, record.key), record.at, written(record)


def family_rows(posting: Posting) -> Iterator[Row]:
    family = posting.family
    if family is not None:
        yield family.id, family.expires_at, written(family)


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
