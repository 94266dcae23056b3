"""Keys of game servers and operators, known by their hash alone."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from hashlib import sha256
from hmac import compare_digest

KEY_BYTES = 32
"""So much chance that a plain SHA-256 keeps it: nobody tries them all."""
KEY_CHARS_MAX = 4_096
KEYS_MAX = 20
_HASH = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


def new_key(role: str) -> str:
    """A key such as `lobby-service-…`; the front tells people, and scanners for leaked secrets, what they have found."""
    return f"lobby-{role}-{secrets.token_urlsafe(KEY_BYTES)}"


def hash_of(key: str) -> str:
    return f"sha256:{sha256(key.encode(errors='surrogatepass')).hexdigest()}"


class HashedKeys:
    """Several at a time, so that one can be put in place of another without a moment in which neither counts."""

    def __init__(self, hashes: Iterable[str] = ()) -> None:
        """Raises `ValueError` for what is no hash."""
        self._hashes = tuple(one.encode() for one in hashes)
        if len(self._hashes) > KEYS_MAX or not all(_HASH.fullmatch(one.decode()) for one in self._hashes):
            raise ValueError(f"at most {KEYS_MAX} hashes, as `python -m lobby.auth.keys` prints them")

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def has(self, key: str) -> bool:
        """Takes the same time whichever it is, or none."""
        if not self._hashes or len(key) > KEY_CHARS_MAX:
            return False
        given = hash_of(key).encode()
        return sum(compare_digest(given, one) for one in self._hashes) > 0
