"""The server's secret: what all tokens are signed with."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

SECRET_BYTES = 32
KEPT = "hex:"
"""What stands in a setting before the content of a file in which a server kept its secret: its tokens stay good elsewhere."""


class Secret:
    """One secret, and a key of its own for each purpose."""

    def __init__(self, value: bytes) -> None:
        self._value = value

    def key(self, purpose: str) -> bytes:
        """32 bytes for `purpose` (at most 16 ASCII characters); one key tells nothing of another."""
        return hashlib.blake2b(self._value[:64], digest_size=SECRET_BYTES, person=purpose.encode("ascii")).digest()

    @classmethod
    def of(cls, text: str) -> Secret:
        """From a setting of any length; with `KEPT` in front the secret itself. Raises `ValueError` for one that is none."""
        if text.startswith(KEPT):
            return cls(_read(text.removeprefix(KEPT), "the setting"))
        return cls(hashlib.sha256(text.encode()).digest())

    @classmethod
    def made(cls) -> Secret:
        """For this process alone."""
        return cls(secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def kept_in(cls, path: Path) -> Secret:
        """From the file `path`; made there, readable by its owner alone, when it is missing.

        Raises:
            ValueError: the file holds something else.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            with suppress(FileExistsError):
                _write_new(path, secrets.token_bytes(SECRET_BYTES).hex())
        return cls(_read(path.read_bytes().decode("ascii", "replace"), str(path)))


def _read(text: str, where: str) -> bytes:
    try:
        value = bytes.fromhex(text.strip())
    except ValueError:
        value = b""
    if len(value) != SECRET_BYTES:
        raise ValueError(f"{where} holds no secret of this server: {SECRET_BYTES} bytes in hex are expected")
    return value


def _write_new(path: Path, text: str) -> None:
    """Whole or not at all, and never over another process' secret."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    finally:
        draft.unlink()
