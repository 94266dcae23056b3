"""`adventurebot-lobby backup TARGET`: copies the store file and its secret, also while a server uses them."""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from lobby.stores.sqlite.backup import back_up
from web.settings.server import SQLITE
from web.settings.settings import Settings, read_settings

SECRET_SUFFIX = ".secret"  # noqa: S105
"""The copy of the secret lies beside the copy of the store. Its name is the name of that copy with this suffix."""


class NoFile(ValueError):
    """The store is not a file."""


def main(arguments: Sequence[str] | None = None, prog: str = "python -m adventurebot_lobby.backup") -> int:
    """Returns 0 if there is a whole and checked backup now, else 1, with the reason on standard error."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Copies the store file of LOBBY_STORE as of one moment, also while a server uses it. See docs/backup.md.",
    )
    parser.add_argument("target", type=Path, help="the file to write, or a folder, where it gets a name with the time")
    target: Path = parser.parse_args(arguments).target
    settings = read_settings({})
    if target.is_dir():
        target /= f"lobby-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.db"
    try:
        path = store_file(settings)
        began_at = time.monotonic()
        report = back_up(path, target)
        mib = target.stat().st_size / 2**20
        took_s = time.monotonic() - began_at
        print(f"{target}: {report.live_parties} live parties, {mib:.1f} MiB, checked, in {took_s:.1f} s.")
        print(_back_up_secret(settings, path, target))
    except (OSError, ValueError, sqlite3.Error) as error:
        print(f"No backup: {error}", file=sys.stderr)
        return 1
    return 0


def store_file(settings: Settings) -> Path:
    """Raises `NoFile` for a store that is not a file."""
    path = settings.store.removeprefix(SQLITE)
    if path == settings.store:
        raise NoFile("LOBBY_STORE is not a file. docs/backup.md says how to back up a Valkey")
    return Path(path)


def _back_up_secret(settings: Settings, path: Path, target: Path) -> str:
    """A line about the secret. Without it all players lose their credentials."""
    if settings.secret is not None:
        return "The secret is the setting LOBBY_SECRET: keep it, too."
    secret, copy = path.with_name("secret"), target.with_name(target.name + SECRET_SUFFIX)
    with os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret.read_bytes())
        file.flush()
        os.fsync(file.fileno())
    return f"{copy}: the secret. Whoever can read it can sign in as any player."


def restore_secret(settings: Settings, path: Path, backup: Path, moved_to: str) -> str:
    """Put the secret beside a backup into its place, unless the settings have one. Returns a line about it."""
    if settings.secret is not None:
        return "The secret is the setting LOBBY_SECRET: it must be that of the backup, or all players have to sign in again."
    secret, copy = path.with_name("secret"), backup.with_name(backup.name + SECRET_SUFFIX)
    if not copy.exists():
        if secret.exists():
            return f"{copy} is missing, so {secret} stays: if it is not that of the backup, all players have to sign in again."
        return f"{copy} and {secret} are missing: set LOBBY_SECRET, then all players have to sign in again."
    if secret.exists():
        if secret.read_bytes() == copy.read_bytes():
            return f"{secret} is that of the backup."
        secret.rename(secret.with_name(secret.name + moved_to))
    shutil.copyfile(copy, secret)
    secret.chmod(0o600)
    return f"{secret}: that of the backup."
