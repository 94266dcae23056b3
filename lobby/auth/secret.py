"""The server's secret. All tokens are signed with keys that are derived from it."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

SECRET_BYTES = 32
HEX_PREFIX = "hex:"
"""The prefix of a setting with the content of a secret file. With it another server can take the secret over, and its tokens
stay valid."""


class Secret:
    """One secret, from which a separate key is derived for each purpose."""

    def __init__(self, value: bytes) -> None:
        self._value = value

    def key(self, purpose: str) -> bytes:
        """32 bytes for `purpose` (at most 16 ASCII characters). A key reveals nothing about the others."""
        return hashlib.blake2b(self._value[:64], digest_size=SECRET_BYTES, person=purpose.encode("ascii")).digest()

    @classmethod
    def from_setting(cls, text: str) -> Secret:
        """A secret of any length, or `HEX_PREFIX` and the content of a secret file. Raises `ValueError` if that is not valid."""
        if text.startswith(HEX_PREFIX):
            return cls(_parse_hex(text.removeprefix(HEX_PREFIX), "the setting"))
        return cls(hashlib.sha256(text.encode()).digest())

    @classmethod
    def random(cls) -> Secret:
        """A secret for this process alone."""
        return cls(secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def from_file(cls, path: Path) -> Secret:
        """Read the file `path`. If it is missing, create it with a random secret, readable by its owner alone.

        Raises:
            ValueError: the file contains something else, or can't be read or created.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                with suppress(FileExistsError):
                    _write_new(path, secrets.token_bytes(SECRET_BYTES).hex())
            text = path.read_bytes().decode("ascii", "replace")
            if os.name == "posix" and path.stat().st_mode & 0o077:
                log.warning("%s can be read by other users of this machine: run `chmod 600 %s`", path, path)
        except OSError as error:
            raise ValueError(f"the secret file {path} can't be used: {error.strerror}") from None
        return cls(_parse_hex(text, str(path)))


def _parse_hex(text: str, source: str) -> bytes:
    try:
        value = bytes.fromhex(text.strip())
    except ValueError:
        value = b""
    if len(value) != SECRET_BYTES:
        raise ValueError(f"{source} holds no secret of this server: {SECRET_BYTES} bytes in hex are expected")
    return value


def _write_new(path: Path, text: str) -> None:
    """Write the whole file or nothing, and never overwrite the secret of another process."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    finally:
        draft.unlink()
