"""Values of the core as JSON, and back: what the log, the snapshots and the records are written in.

JSON rather than something denser: an operator can read the file with any SQLite shell, and msgspec is as fast with it.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar, get_args

import msgspec

from lobby.domain.events import Event
from lobby.domain.model import Party, Session
from lobby.ports import IdempotencyRecord, RefreshFamily

Value = TypeVar("Value")

_encoder = msgspec.json.Encoder()


class Unreadable(Exception):
    """What is stored is not what this version writes or knows how to read."""


class Reader(Generic[Value]):
    """Reads values of one type."""

    def __init__(self, kind: type[Value]) -> None:
        self._kind = kind
        self._decoder = msgspec.json.Decoder(kind)

    def __call__(self, written: str) -> Value:
        """Raises `Unreadable`."""
        try:
            return self._decoder.decode(written)
        except msgspec.DecodeError as error:
            raise Unreadable(f"no {self._kind.__name__}: {error}") from error


read_party = Reader(Party)
read_session = Reader(Session)
read_record = Reader(IdempotencyRecord)
read_family = Reader(RefreshFamily)
_event_readers: dict[str, Reader[Any]] = {kind.__name__: Reader(kind) for kind in get_args(Event)}


def written(value: object) -> str:
    """As text, not as bytes: SQLite's shell and its JSON functions take it as it is."""
    return _encoder.encode(value).decode()


def event_kind(event: Event) -> str:
    """The name that is stored beside an event, and chooses how it is read."""
    return type(event).__name__


def read_event(kind: str, text: str) -> Event:
    """Raises `Unreadable`, for a kind that only a newer version knows too."""
    reader = _event_readers.get(kind)
    if reader is None:
        raise Unreadable(f"the log has an event of a kind that this version does not know: {kind[:64]!r}")
    event: Event = reader(text)
    return event
