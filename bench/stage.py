"""What servers are started on: one filled world, as a database for the lobby and as JSON for its rivals."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.contenders import Contender
from bench.documents import ROOT, TRUSTED
from bench.fill import Size, fill
from bench.world import World
from schema.root import sdl

SECRET = secrets.token_hex()
GRACE_S = 24 * 3600
"""Members who only exist in the database stay: nobody is to be removed for silence while something else is measured."""
AS_MANY_AS_COME = 1_000_000


@dataclass(frozen=True, slots=True)
class Stage:
    """`folder` holds the filled `lobby.db` and the files for the rivals; it is never served from itself."""

    folder: Path
    world: World

    @contextmanager
    def copied(self) -> Iterator[Path]:
        """A folder of its own for one server, on the same disk."""
        with TemporaryDirectory(dir=self.folder.parent, prefix="serving-") as copy:
            for file in self.folder.glob("lobby.db*"):
                shutil.copy(file, copy)
            yield Path(copy)

    def environment(self, contender: Contender, served_from: Path, port: int) -> dict[str, str]:
        """The whole environment of a server: nothing else that is set here reaches it but where programs are."""
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return inherited | (_lobby(served_from, port) if contender.is_lobby else self._rival(port))

    def _rival(self, port: int) -> dict[str, str]:
        return {
            "NODE_ENV": "production",
            "PYTHONPATH": str(ROOT),
            "BENCH_PORT": str(port),
            "BENCH_WORLD": str(self.folder / "world.json"),
            "BENCH_SCHEMA": str(self.folder / "schema.graphql"),
            "BENCH_TRUSTED": str(self.folder / "trusted.json"),
        }


def staged(folder: Path, size: Size) -> Stage:
    """Fill a world of this size into `folder`, which is made."""
    folder.mkdir(parents=True)
    world = fill(folder / "lobby.db", SECRET, size)
    world.write(folder / "world.json")
    (folder / "schema.graphql").write_text(sdl(), encoding="utf-8")
    trusted = {document.sha256: document.text for document in TRUSTED}
    (folder / "trusted.json").write_text(json.dumps(trusted), encoding="utf-8")
    return Stage(folder, world)


def _lobby(served_from: Path, port: int) -> dict[str, str]:
    return {
        "LOBBY_PORT": str(port),
        "LOBBY_STORE": f"sqlite:///{served_from / 'lobby.db'}",
        "LOBBY_SECRET": SECRET,
        "LOBBY_RATE_LIMITS": "false",
        "LOBBY_GRACE_WAITING_S": str(GRACE_S),
        "LOBBY_LEADER_GRACE_S": str(GRACE_S),
        "LOBBY_LEADER_IDLE_S": str(GRACE_S),
        "LOBBY_CONNECTIONS_PER_PLAYER_MAX": str(AS_MANY_AS_COME),
        "LOBBY_CONNECTIONS_PER_ADDRESS_MAX": str(AS_MANY_AS_COME),
        "LOBBY_TCP_CONNECTIONS_PER_ADDRESS_MAX": str(AS_MANY_AS_COME),
        "LOBBY_TCP_CONNECTIONS_MAX": str(AS_MANY_AS_COME),
        "LOBBY_CONNECTIONS_MAX": str(AS_MANY_AS_COME),
        "LOBBY_STREAMS_PER_PLAYER_MAX": str(AS_MANY_AS_COME),
    }
