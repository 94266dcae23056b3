"""What objects that never change look like in a response, encoded once.

Most of what is asked is what was asked before: of a party that has not changed since, by somebody who sees as much of it. A
selection on a `Lasting` object is written as JSON the first time, and as that text from then on, wherever it stands.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from lobby.operations.json_text import encode_json

TEXTS_MAX = 32_768
BYTES_MAX = 16_000_000

Write = Callable[[Any, Any], dict[str, Any]]
"""A plan's function for one selection: the source object and the run make the response's object."""


class Lasting(Protocol):
    """An object whose fields, those that take `info` or arguments aside, always give the same for the same `made_of`."""

    @property
    def made_of(self) -> tuple[object, ...]:
        """Frozen values; they are told apart by being other objects, not by being equal."""


def is_lasting(class_: object) -> bool:
    return hasattr(class_, "made_of")


class KeptTexts:
    """The latest texts by selection and by what the object is made of; the oldest go first."""

    def __init__(self, texts_max: int = TEXTS_MAX, bytes_max: int = BYTES_MAX) -> None:
        self._texts: OrderedDict[tuple[object, ...], tuple[msgspec.Raw, int, tuple[object, ...]]] = OrderedDict()
        self._texts_max = texts_max
        self._bytes_max = bytes_max
        self._bytes = 0

    def text(self, o: Lasting, run: Any, write: Write) -> msgspec.Raw:
        """The selection `write` on `o`, as JSON that goes into a response as it is. Raises what `write` raises."""
        made_of = o.made_of
        key = (write, *map(id, made_of))
        known = self._texts.get(key)
        if known is not None:
            return known[0]
        text = encode_json(write(o, run))
        raw = msgspec.Raw(text)
        self._keep(key, (raw, len(text), made_of))
        return raw

    def _keep(self, key: tuple[object, ...], kept: tuple[msgspec.Raw, int, tuple[object, ...]]) -> None:
        # What the object is made of is kept with the text: an id is one object's only while that object lives.
        self._texts[key] = kept
        self._bytes += kept[1]
        while len(self._texts) > self._texts_max or self._bytes > self._bytes_max:
            _, (_, length, _) = self._texts.popitem(last=False)
            self._bytes -= length
