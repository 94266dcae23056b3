"""Copies one store into another, whole: `python -m lobby.stores.copy FROM TO`. See docs/nodes.md."""

from lobby.stores.copy.copying import Copied, copy_store
from lobby.stores.copy.ends import NotEmpty

__all__ = ["Copied", "NotEmpty", "copy_store"]
