"""Makes a key for game servers or for operators: `python -m lobby.auth.keys service` (or `operator`).

The key goes to whoever uses it, and is shown this once; its hash goes into the server's settings.
"""

from __future__ import annotations

import argparse

from lobby.auth.hashed_keys import hash_of, new_key

_SETTINGS = {"service": "LOBBY_SERVICE_KEYS", "operator": "LOBBY_OPERATOR_KEYS"}


def main(arguments: list[str] | None = None) -> None:
    asked = argparse.ArgumentParser(prog="python -m lobby.auth.keys", description=(__doc__ or "").partition("\n\n")[2])
    asked.add_argument("role", choices=sorted(_SETTINGS))
    role = asked.parse_args(arguments).role
    key = new_key(role)
    print(f"key:  {key}")
    print(f"hash: {hash_of(key)}   (into {_SETTINGS[role]}, a JSON list)")


if __name__ == "__main__":
    main()
