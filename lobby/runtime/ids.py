"""New ids, epochs and join codes, from the operating system's random source."""

from __future__ import annotations

import secrets
import unicodedata
from uuid import uuid4

CODE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""Without vowels, so that no code is a word, and without characters that look like others."""
CODE_CHARS = 6
_TYPED_CHARS_MAX = 64
_SEPARATOR_CATEGORIES = {"Pd", "Cf"}
"""Unicode categories: dashes, and invisible characters such as the soft hyphen and the zero-width space."""
_MINUS_SIGN = "\u2212"


def new_id() -> str:
    """A UUID, version 4."""
    return str(uuid4())


def new_epoch() -> str:
    """The id of a log: 64 random bits in hex."""
    return secrets.token_hex(8)


def new_join_code() -> str:
    """One of 28^6 = 481,890,304 codes. The store checks that no other party has it."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_CHARS))


SEED_BITS = 63
"""Bits of the seed of a session: it fits into the signed integers of game engines."""


def new_random_bits(count: int) -> int:
    """`count` random bits as a whole number, for what players must not foresee."""
    return secrets.randbits(count)


def read_join_code(typed: str) -> str | None:
    """The code that a person typed or pasted, in any case and width, with spaces, dashes of any kind and invisible characters;
    None if it can't be a code."""
    if len(typed) > _TYPED_CHARS_MAX:
        return None
    code = "".join(char for char in unicodedata.normalize("NFKC", typed) if not _is_separator(char))
    if len(code) != CODE_CHARS or not code.isascii():
        return None
    code = code.upper()
    return code if all(char in CODE_ALPHABET for char in code) else None


def _is_separator(char: str) -> bool:
    return char.isspace() or char == _MINUS_SIGN or unicodedata.category(char) in _SEPARATOR_CATEGORIES
