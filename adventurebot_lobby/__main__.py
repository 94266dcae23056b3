"""Finds the subcommand and runs it: `adventurebot-lobby serve --port 8000`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

PROGRAM = "adventurebot-lobby"
USAGE_ERROR = 2

SUBCOMMANDS = {
    "serve": ("server", "run the server"),
    "check": ("adventurebot_lobby.check", "name what is wrong with the settings, and try what they name"),
    "admin": ("tools.admin.__main__", "do and list what moderators do, on a server that runs"),
    "demo": ("tools.demo.__main__", "let four bots play on a server that runs"),
    "load": ("tools.load.__main__", "let many players play on a server that runs, and measure what they see"),
    "chaos": ("tools.chaos.proxy.__main__", "put a bad network in front of a server that runs, to test a client"),
    "copy": ("lobby.stores.copy.__main__", "copy a store into another, such as a file into a Valkey"),
    "backup": ("adventurebot_lobby.backup", "copy the store file, also while a server uses it"),
    "restore": ("adventurebot_lobby.restore", "put a backup into the place of the store file"),
    "keys": ("lobby.auth.api_keys", "make a key for a game server, an operator or a moderator"),
}
"""By name: the module whose `main` runs it (see `Run`), and what it does. No other subcommand is imported."""


class Run(Protocol):
    """Runs a subcommand with the arguments after its name. `prog` is the beginning of the line that shows its usage.

    Returns the exit code; None is 0.
    """

    def __call__(self, arguments: Sequence[str], prog: str) -> int | None: ...


def main(arguments: Sequence[str] | None = None) -> int | None:
    """Run one subcommand. The exit code is its own; 2 if there is no such subcommand."""
    name, *rest = arguments if arguments is not None else sys.argv[1:] or [""]
    if name in ("--help", "-h"):
        print(_help())
        return 0
    if name == "--version":
        print(f"{PROGRAM} {_version()}")
        return 0
    if name not in SUBCOMMANDS:
        problem = f"There is no subcommand {name!r}." if name else "A subcommand is missing."
        print(f"{problem}\n{_help()}", file=sys.stderr)
        return USAGE_ERROR
    module, _ = SUBCOMMANDS[name]
    run: Run = import_module(module).main
    return run(rest, f"{PROGRAM} {name}")


def _help() -> str:
    width = max(map(len, SUBCOMMANDS))
    lines = (f"  {name:{width}}  {text}" for name, (_, text) in SUBCOMMANDS.items())
    return "\n".join([f"usage: {PROGRAM} [--version] SUBCOMMAND [--help] ...", "", "subcommands:", *lines])


def _version() -> str:
    version: str = import_module("schema.server_info").VERSION
    return version


if __name__ == "__main__":
    sys.exit(main())
