"""A short name for a player's idempotency key."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from lobby.domain.values import PlayerId

_SIGNED_BITS = (1 << 63) - 1
"""What an SQLite integer holds of an unsigned number."""
KEYS_AT_HAND_MAX = 1_024
"""A key is looked for, kept and written within one commit: its digest is made once for the three."""


@lru_cache(KEYS_AT_HAND_MAX)
def record_digest(player_id: PlayerId, key: str) -> int:
    """63 bits. Two keys may share one, so whoever looks by it compares the keys as well.

    Raises:
        UnicodeEncodeError: text that is no UTF-8 can't be kept.
    """
    length = len(player_id).to_bytes(4, "big")  # where the one ends and the other begins
    digest = blake2b(length + player_id.encode() + key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") & _SIGNED_BITS
