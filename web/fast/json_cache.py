"""The JSON of objects that never change, encoded once.

Most of what is asked was asked before: for a party that has not changed since, by players who see as much of it. A selection on a
`Cacheable` object is encoded the first time, and its text goes into every later response as it is: also into those of other
documents with the same selection, such as the event of a mutation behind its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Protocol

import msgspec

from lobby.runtime.lru_cache import LRUCache
from lobby.struct import Struct
from web.fast.plans.plan import ResultTooLong
from web.graphql.execution.result import encode_json

TEXTS_MAX = 32_768
BYTES_MAX = 16_000_000
"""Of the texts of one class of objects, such as members, and of the sources that are kept with them. 5,000 parties of four
members have 7 MB."""

Write = Callable[[Any, Any], dict[str, Any]]
"""A plan's function for one selection: makes the response's object from the source object and the run."""


class Cacheable(Protocol):
    """An object whose fields always give the same for the same `cache_key`, except those that take `info` or arguments."""

    @property
    def source(self) -> object:
        """The frozen value that the object shows."""

    @property
    def cache_key(self) -> Hashable:
        """The `id` of `source`, and what else the fields depend on: values that live as long as the process, by their `id`, and
        bools. The cache keeps `source` with the text, so that no other value gets its `id`."""

    @property
    def cache_bytes(self) -> int:
        """About how many bytes `source` takes in memory, besides a constant."""


def is_cacheable(class_: object) -> bool:
    return hasattr(class_, "cache_key")


class _Kept(Struct):
    """A text, its length, and the source that it was made of. No tuple: the garbage collector would read that again and again."""

    text: msgspec.Raw
    length: int
    source: object


class JsonCache:
    """The latest texts, by class of object, selection and the object's cache key; the least recently used are dropped first.

    Each class has a cache of its own. A party has a new text after each event. In one cache for all, the texts of 5,000 busy
    parties pushed out those of members who had not changed, and each mutation encoded all members again.
    """

    def __init__(self, texts_max: int = TEXTS_MAX, bytes_max: int = BYTES_MAX) -> None:
        self._texts_max = texts_max
        self._bytes_max = bytes_max
        self._of_class: dict[type, LRUCache[tuple[str, Hashable], _Kept]] = {}

    def text(self, o: Cacheable, run: Any, write: Write, selection_key: str) -> msgspec.Raw:
        """The selection `write` on `o`, as JSON that goes into a response as it is. Raises what `write` raises, and
        `ResultTooLong`. `selection_key`: the same for all functions of the same selection."""
        texts = self._of_class.get(type(o))
        if texts is None:
            texts = self._of_class[type(o)] = LRUCache(self._texts_max, self._bytes_max)
        key = selection_key, o.cache_key
        kept = texts.peek(key)
        if kept is not None:
            texts.touch(key)
            run.bytes_left -= kept.length
            if run.bytes_left < 0:
                raise ResultTooLong
            return kept.text
        text = encode_json(write(o, run))
        run.bytes_left -= len(text)
        if run.bytes_left < 0:
            raise ResultTooLong
        raw = msgspec.Raw(text)
        texts.put(key, _Kept(raw, len(text), o.source), len(text) + o.cache_bytes)
        return raw
