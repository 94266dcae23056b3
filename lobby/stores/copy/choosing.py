"""From URLs to the ends of a copy."""

from __future__ import annotations

from pathlib import Path

from lobby.ports import Retention
from lobby.stores.copy.ends import Source, Target
from lobby.stores.copy.from_sqlite import FromSqlite
from lobby.stores.copy.from_valkey import FromValkey
from lobby.stores.copy.to_sqlite import ToSqlite
from lobby.stores.copy.to_valkey import ToValkey
from lobby.stores.valkey.address import is_valkey

_SQLITE = "sqlite:///"


def source_of(url: str) -> Source:
    """Raises `ValueError`."""
    return FromValkey(url) if is_valkey(url) else FromSqlite(_path(url))


def target_of(url: str, retention: Retention) -> Target:
    """Raises `ValueError`."""
    return ToValkey(url, retention) if is_valkey(url) else ToSqlite(_path(url), retention)


def _path(url: str) -> Path:
    if not url.startswith(_SQLITE) or url == _SQLITE:
        raise ValueError(f"can't be copied from or to: {url!r}; use sqlite:///… or valkey://…")
    return Path(url.removeprefix(_SQLITE)).resolve()
