"""New names: ids, epochs and join codes, from the operating system's random source."""

from __future__ import annotations

import secrets
from uuid import uuid4

CODE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""No vowels, so no words; nothing that reads as something else."""
CODE_CHARS = 6


def new_id() -> str:
    """A UUID, version 4."""
    return str(uuid4())


def new_epoch() -> str:
    """Names one log for good: 64 random bits."""
    return secrets.token_hex(8)


def new_join_code() -> str:
    """One of 28^6 = 481,890,304. That it is free, the store checks."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_CHARS))


def read_join_code(typed: str) -> str | None:
    """A code as people type it: any case, with spaces and hyphens. None: no code at all."""
    code = typed.upper().replace(" ", "").replace("-", "")
    return code if len(code) == CODE_CHARS and all(char in CODE_ALPHABET for char in code) else None
