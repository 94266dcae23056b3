"""What a server's or a connection's failure means."""

from __future__ import annotations

from valkey.exceptions import (
    BusyLoadingError,
    ConnectionError,
    ReadOnlyError,
    ResponseError,
    TimeoutError,
)

_PASSING = ("CLUSTERDOWN", "TRYAGAIN", "MASTERDOWN", "LOADING", "READONLY", "BUSY", "UNKILLABLE", "MOVED", "ASK")
"""A server that says so may do it a moment later, or another server may."""
_LASTING = ("OOM", "MISCONF", "NOREPLICAS", "NOAUTH", "WRONGPASS", "NOPERM")
"""It takes somebody to free memory or disk, to bring back a replica or to mend the settings: no use in asking again at once."""


def is_passing(error: Exception) -> bool:
    """Whether to ask again within the bound of a call."""
    if isinstance(error, ConnectionError | TimeoutError | BusyLoadingError | ReadOnlyError | OSError):
        return True
    return isinstance(error, ResponseError) and _says(error, _PASSING)


def is_lasting(error: Exception) -> bool:
    return isinstance(error, ResponseError) and _says(error, _LASTING)


def _says(error: ResponseError, words: tuple[str, ...]) -> bool:
    """The client leaves some of the words out and makes a class of them; within a script more text may come before."""
    kind = type(error).__name__.removesuffix("Error").upper()
    aliases = {
        "OUTOFMEMORY": "OOM",
        "CLUSTERDOWN": "CLUSTERDOWN",
        "NOPERMISSION": "NOPERM",
        "NOTENOUGHREPLICAS": "NOREPLICAS",
    }
    if aliases.get(kind, kind) in words:
        return True
    text = str(error)
    return any(text.startswith(word) or f" {word} " in text[:200] for word in words)
