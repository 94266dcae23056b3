"""The engine that keeps a store in one SQLite file."""

from lobby.stores.sqlite.connection import SqliteLimits
from lobby.stores.sqlite.engine import SqliteEngine
from lobby.stores.sqlite.ownership import InUse
from lobby.stores.sqlite.schema import NewerSchema, OldSqlite

__all__ = ["InUse", "NewerSchema", "OldSqlite", "SqliteEngine", "SqliteLimits"]
