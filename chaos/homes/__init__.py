"""Where the servers of a run keep what must not be lost, and what goes wrong there."""

from pathlib import Path

from chaos.homes.home import Home
from chaos.homes.one_valkey import OneValkey
from chaos.homes.url import AtUrl

VALKEY = "valkey"
__all__ = ["VALKEY", "Home", "home_for"]


def home_for(store: str | None, nodes: int, folder: Path) -> Home:
    """`store`: None for an SQLite file of the run's own; "valkey" for a server of its own; a URL for what is there."""
    if store == VALKEY:
        return OneValkey(folder / "valkey", nodes)
    return AtUrl(store or f"sqlite:///{folder.absolute() / 'lobby.db'}")
