"""The bus between nodes: hints over publish/subscribe of Valkey or Redis, alone or as a cluster."""

from lobby.live.valkey_bus.backend import ValkeyHints

__all__ = ["ValkeyHints"]
