"""Where parties are kept. `open_store` is the way in."""

from lobby.stores.open import open_store

__all__ = ["open_store"]
