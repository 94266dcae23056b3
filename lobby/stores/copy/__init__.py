"""Copies one store into another: `python -m lobby.stores.copy FROM TO`. See docs/nodes.md.

Each kind of store has a source and a target, its two ends; they are created here from their URLs.
"""

from __future__ import annotations

from pathlib import Path

from lobby.ports import Retention
from lobby.stores.copy.copying import Copied, NotEmpty, Source, Target, copy_store
from lobby.stores.copy.sqlite_ends import SqliteSource, SqliteTarget
from lobby.stores.copy.valkey_ends import ValkeySource, ValkeyTarget
from lobby.stores.valkey.address import is_valkey

__all__ = ["Copied", "NotEmpty", "copy_store", "create_source", "create_target"]

_SQLITE = "sqlite:///"


def create_source(url: str) -> Source:
    """Raises `ValueError`."""
    return ValkeySource(url) if is_valkey(url) else SqliteSource(_path(url))


def create_target(url: str, retention: Retention) -> Target:
    """Raises `ValueError`."""
    return ValkeyTarget(url, retention) if is_valkey(url) else SqliteTarget(_path(url), retention)


def _path(url: str) -> Path:
    if not url.startswith(_SQLITE) or url == _SQLITE:
        raise ValueError(f"can't copy from or to {url!r}: use sqlite:///… or valkey://…")
    return Path(url.removeprefix(_SQLITE)).resolve()
