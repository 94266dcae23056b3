"""Where parties are kept. `open_store` is the way in."""

from lobby.stores.open import open_store, without_credentials
from lobby.stores.sqlite import InUse, NewerSchema, OldSqlite, SqliteLimits

__all__ = ["InUse", "NewerSchema", "OldSqlite", "SqliteLimits", "open_store", "without_credentials"]
