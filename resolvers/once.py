"""Idempotency keys: what they are bound to."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from hashlib import blake2b
from typing import Any

from strawberry import UNSET

from lobby.domain.rejections import Rejection, invalid
from lobby.service import Once

KEY_CHARS_MAX = 64
_PLAIN = frozenset({str, int, bool, float})


def once(mutation: str, given_input: object, key: str | None, secret: bytes) -> Once | Rejection | None:
    """The key with a digest of the mutation and all else of its input; None where no key was given."""
    if not key or key is UNSET:
        return None if key != "" else invalid("idempotency_key", f"Must be 1 to {KEY_CHARS_MAX} characters.")
    if len(key) > KEY_CHARS_MAX:
        return invalid("idempotency_key", f"Must be 1 to {KEY_CHARS_MAX} characters.")
    said = repr((mutation, _said(given_input)))
    return Once(key, blake2b(said.encode(), digest_size=32, key=secret).digest())


def _said(value: object) -> object:
    """A value without the key and without what was left out, so that null and left out are one input."""
    if isinstance(value, list):
        return [_said(item) for item in value]
    class_: Any = type(value)
    names = _field_names(class_)
    if names is None:
        return value
    said = []
    for name in names:
        part = getattr(value, name)
        if part is not None and part is not UNSET:
            said.append((name, part if type(part) in _PLAIN else _said(part)))
    return said


@cache
def _field_names(class_: Any) -> tuple[str, ...] | None:
    """Those of an input's fields that count; None for what is no input. There are as many classes as the schema has."""
    if not is_dataclass(class_):
        return None
    return tuple(field.name for field in fields(class_) if field.name != "idempotency_key")
