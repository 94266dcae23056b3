"""Keys of game servers, operators and moderators. The server only knows their hashes.

`python -m lobby.auth.api_keys service` (or `operator`, `moderator`) makes a key. The key is shown only once and goes to the game
server, the operator or the moderator; its hash goes into the settings of the lobby server.
"""

from __future__ import annotations

import argparse
import re
import secrets
from collections.abc import Iterable, Sequence
from hashlib import sha256
from hmac import compare_digest

KEY_BYTES = 32
"""So random that a plain SHA-256 protects it: nobody can try all keys."""
KEY_CHARS_MAX = 4_096
KEYS_MAX = 20
_HASH = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_NAMED_HASH = re.compile(r"([\w.@-]{1,64})=(sha256:[0-9a-f]{64})", re.ASCII)
_SETTINGS = {
    "service": "LOBBY_SERVICE_KEYS",
    "operator": "LOBBY_OPERATOR_KEYS",
    "moderator": "LOBBY_MODERATOR_KEYS",
}


def new_key(role: str) -> str:
    """A key such as `lobby-service-…`. People, and scanners for leaked secrets, recognize it by the beginning."""
    return f"lobby-{role}-{secrets.token_urlsafe(KEY_BYTES)}"


def hash_key(key: str) -> str:
    """The hash that goes into the settings: "sha256:" and 64 hex digits."""
    return f"sha256:{sha256(key.encode(errors='surrogatepass')).hexdigest()}"


class HashedKeys:
    """The keys of one role. There may be several, so that a key can be replaced without an interruption."""

    def __init__(self, hashes: Iterable[str] = ()) -> None:
        """Raises `ValueError` for a text that is no hash."""
        self._hashes = tuple(text.encode() for text in hashes)
        if len(self._hashes) > KEYS_MAX or not all(_HASH.fullmatch(text.decode()) for text in self._hashes):
            raise ValueError(f"at most {KEYS_MAX} hashes, as `python -m lobby.auth.api_keys` prints them")

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def contains(self, key: str) -> bool:
        """Takes the same time for every key, right or wrong."""
        return self.find(key) is not None

    def find(self, key: str) -> str | None:
        """The hash of a key, None for a wrong one. Takes the same time for every key."""
        if not self._hashes or len(key) > KEY_CHARS_MAX:
            return None
        given = hash_key(key)
        return given if sum(compare_digest(given.encode(), known) for known in self._hashes) > 0 else None


class NamedKeys:
    """Keys of moderators, each with the name of its owner, which the log of moderation shows."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """`texts`: "name=hash". Raises `ValueError` for any other text."""
        self._keys: list[tuple[str, HashedKeys]] = []
        for text in texts:
            match = _NAMED_HASH.fullmatch(text)
            if match is None or len(self._keys) >= KEYS_MAX:
                raise ValueError(
                    f"at most {KEYS_MAX} texts such as mia=sha256:…: a name of 1 to 64 letters, digits, . @ _ and -, and a hash "
                    "as `python -m lobby.auth.api_keys moderator` prints it"
                )
            self._keys.append((match[1], HashedKeys([match[2]])))

    def name_of(self, key: str) -> str | None:
        """The name of the person who has the key; None for a wrong key."""
        names = [name for name, keys in self._keys if keys.contains(key)]
        return names[0] if names else None


def main(arguments: Sequence[str] | None = None, prog: str = "python -m lobby.auth.api_keys") -> None:
    parser = argparse.ArgumentParser(prog=prog, description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("role", choices=sorted(_SETTINGS))
    role = parser.parse_args(arguments).role
    key = new_key(role)
    print(f"key:  {key}")
    named = "NAME=" if role == "moderator" else ""
    print(f"hash: {named}{hash_key(key)}   (into {_SETTINGS[role]}, a JSON list)")


if __name__ == "__main__":
    main()
