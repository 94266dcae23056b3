"""The store of many nodes, over Valkey or Redis, alone or as a cluster."""

from lobby.stores.valkey.address import is_valkey
from lobby.stores.valkey.link import LinkLimits
from lobby.stores.valkey.opening import open_valkey

__all__ = ["LinkLimits", "is_valkey", "open_valkey"]
