"""Entries of a log as they are stored, and the fold of what is read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from lobby.domain.events import Entry
from lobby.domain.evolve import evolve
from lobby.domain.model import Party
from lobby.stores.codec import Unreadable, event_kind, read_event, read_party, written

SNAPSHOT_EVERY = 32
"""Entries 1, 33, 65, … carry the party. The same number is in lua/party.lua: a log is cut where a snapshot is."""

_Stored = tuple[int, str | None, str, msgspec.Raw]
"""At, actor, kind, event."""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Stored).decode


def stored(entry: Entry) -> tuple[bytes, str]:
    """The entry, and its snapshot (empty: it has none)."""
    event = msgspec.Raw(_encode(entry.event))
    text = _encode((entry.at, entry.actor_id, event_kind(entry.event), event))
    return text, written(entry.party) if has_snapshot(entry.seq) else ""


def has_snapshot(seq: int) -> bool:
    return seq % SNAPSHOT_EVERY == 1


def snapshot_before(seq: int) -> int:
    """The newest entry up to `seq` that carries a snapshot."""
    return seq - (seq - 1) % SNAPSHOT_EVERY


def folded(rows: Sequence[tuple[bytes, dict[bytes, bytes]]], party: Party | None) -> Iterator[Entry]:
    """The entries of a stretch of the log, as XRANGE gives it.

    `party`: as of the entry before it, where it does not begin with a snapshot.
    """
    for id, found in rows:
        seq = int(id.partition(b"-")[0])
        try:
            at, actor_id, kind, event_text = _decode(found[b"e"])
        except msgspec.DecodeError as error:
            raise Unreadable(f"no entry: {error}") from error
        event = read_event(kind, bytes(event_text).decode())
        party = read_party(found[b"p"].decode()) if b"p" in found else evolve(party, event, seq, at, actor_id)
        yield Entry(seq, at, actor_id, event, party)
