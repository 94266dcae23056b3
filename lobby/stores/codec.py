"""Encodes values of the core as JSON and decodes them: log entries, snapshots of parties, records.

JSON and no denser format, because an operator can read the file with any SQLite shell, and msgspec is as fast with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar, get_args

import msgspec

from lobby.domain.blocks import BlockList
from lobby.domain.events import Event
from lobby.domain.identities import Identity
from lobby.domain.inbox import INBOX_EVENT_KINDS, InboxEvent
from lobby.domain.model import Party, Session
from lobby.domain.saved_runs import SavedRun
from lobby.ports import IdempotencyRecord, RefreshFamily

Decoded = TypeVar("Decoded")

_encoder = msgspec.json.Encoder()


class Unreadable(Exception):
    """The stored text is of no form that this version can read."""


class JsonReader(Generic[Decoded]):
    """Decodes values of one type from JSON text."""

    def __init__(self, kind: type[Decoded]) -> None:
        self._kind = kind

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[Decoded]:
        """Made at the first use: to make those of all events takes 12 ms of a start, which needs few of them."""
        return msgspec.json.Decoder(self._kind)

    def __call__(self, text: str) -> Decoded:
        """Raises `Unreadable`."""
        try:
            return self._decoder.decode(text)
        except msgspec.DecodeError as error:
            raise Unreadable(f"stored text is no {self._kind.__name__}: {error}") from error


read_party = JsonReader(Party)
read_numbered_parties = JsonReader(list[tuple[int, Party]])
read_session = JsonReader(Session)
read_record = JsonReader(IdempotencyRecord)
read_family = JsonReader(RefreshFamily)
read_saved_run = JsonReader(SavedRun)
read_block_list = JsonReader(BlockList)
read_identity = JsonReader(Identity)
_event_readers: dict[str, JsonReader[Any]] = {kind.__name__: JsonReader(kind) for kind in get_args(Event)}
_inbox_event_readers: dict[str, JsonReader[Any]] = {kind.__name__: JsonReader(kind) for kind in INBOX_EVENT_KINDS}


def to_json(value: object) -> str:
    """Encode a value as text rather than bytes, so that SQLite's shell and its JSON functions can read it."""
    return _encoder.encode(value).decode()


def event_kind(event: Event | InboxEvent) -> str:
    """The name that is stored with an event. It selects the type that the event is decoded as."""
    return type(event).__name__


def read_event(kind: str, text: str) -> Event:
    """Decode an event of a party. Raises `Unreadable`, also for a kind of event that only a newer version has."""
    event: Event = _reader_of(kind, _event_readers)(text)
    return event


def read_inbox_event(kind: str, text: str) -> InboxEvent:
    """As `read_event`, for an event of an inbox."""
    event: InboxEvent = _reader_of(kind, _inbox_event_readers)(text)
    return event


def _reader_of(kind: str, readers: Mapping[str, JsonReader[Any]]) -> JsonReader[Any]:
    reader = readers.get(kind)
    if reader is None:
        raise Unreadable(f"the log has an event of a kind that this version does not know: {kind[:64]!r}")
    return reader
