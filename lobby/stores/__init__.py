"""Where parties are kept. `open_store` is the way in."""

from lobby.stores.open import open_store
from lobby.stores.sqlite import InUse, NewerSchema, SqliteLimits

__all__ = ["InUse", "NewerSchema", "SqliteLimits", "open_store"]
