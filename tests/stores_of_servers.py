"""Which store servers under test have: memory and files, or, with LOBBY_TESTS_STORE=valkey, a Valkey that is started for them.

`scripts/test --store valkey` sets it. Tests that are about one engine name it themselves.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from itertools import count
from pathlib import Path

from tests.needs import needs
from tools.chaos.valkey.server import DURABLE, ValkeyServer

IS_VALKEY = os.environ.get("LOBBY_TESTS_STORE") == "valkey"
DATABASES = 4_000
_numbers = count()

if IS_VALKEY:
    os.environ.setdefault("LOBBY_SECRET", "the secret of all nodes of these tests")


def fresh_store() -> str:
    """The URL of a store with nothing in it, for a server that is started once."""
    return _database() if IS_VALKEY else "memory://"


@cache
def store_of(file: Path) -> str:
    """The URL of the same store whenever it is asked for."""
    return _database() if IS_VALKEY else f"sqlite:///{file}"


def _database() -> str:
    """A numbered database of the Valkey that no other test has used."""
    return f"valkey://127.0.0.1:{_server().port}/{next(_numbers) % DATABASES}"


@cache
def _server() -> ValkeyServer:
    needs("valkey")
    folder = Path(tempfile.mkdtemp(prefix="valkey-"))
    server = ValkeyServer(folder, {**DURABLE, "databases": str(DATABASES)})
    server.start()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.kill)
    return server
