"""`adventurebot-lobby restore BACKUP`: puts a backup into the place of the store file, while no server runs."""

from __future__ import annotations

import argparse
import sqlite3
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from adventurebot_lobby.backup import restore_secret, store_file
from lobby.stores import InUse
from lobby.stores.sqlite.backup import inspect, restore
from web.settings.settings import read_settings


def main(arguments: Sequence[str] | None = None, prog: str = "python -m adventurebot_lobby.restore") -> int:
    """Returns 0 if the next server begins with the backup, else 1, with the reason on standard error."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Checks a backup and puts it into the place of the store file of LOBBY_STORE. No server may use that file. "
        "What is there is moved aside, not deleted. See docs/backup.md.",
    )
    parser.add_argument("backup", type=Path, help="a file that `backup` has written")
    backup: Path = parser.parse_args(arguments).backup
    settings = read_settings({})
    moved_to = f".before-restore-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}"
    try:
        path = store_file(settings)
        for moved in restore(backup, path, moved_to):
            print(f"{moved} was moved: it has {moved_to} in its name now.")
        print(restore_secret(settings, path, backup, moved_to))
        parties = inspect(path).live_parties
        print(
            f"{path}: {parties} live parties, as in the backup. Start the server: clients that resume get a snapshot."
        )
    except (InUse, OSError, ValueError, sqlite3.Error) as error:
        print(f"Not restored: {error}", file=sys.stderr)
        return 1
    return 0
