"""Where the servers of a run keep what must not be lost, and what goes wrong there."""

from pathlib import Path

from chaos.homes.home import Home
from chaos.homes.one_valkey import OneValkey
from chaos.homes.url import AtUrl
from chaos.homes.valkey_cluster import ClusterHome

VALKEY = "valkey"
VALKEY_CLUSTER = "valkey-cluster"
__all__ = ["VALKEY", "VALKEY_CLUSTER", "Home", "home_for"]


def home_for(store: str | None, nodes: int, folder: Path) -> Home:
    """`store`: None for an SQLite file of the run's own; "valkey" or "valkey-cluster" for those of its own; a URL."""
    if store == VALKEY:
        return OneValkey(folder / "valkey", nodes)
    if store == VALKEY_CLUSTER:
        return ClusterHome(folder / "valkey")
    return AtUrl(store or f"sqlite:///{folder.absolute() / 'lobby.db'}")
