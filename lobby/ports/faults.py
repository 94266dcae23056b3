"""How a port fails."""

from __future__ import annotations


class Conflict(Exception):
    """Somebody else was first: load and decide again. Nothing was stored."""


class Unavailable(Exception):
    """The store can't say or can't keep anything now. What was asked is not stored, or not known to be."""


class LogTrimmed(Exception):
    """The entries asked for are no longer kept."""


class BadPageCursor(Exception):
    """A list cursor that no store of this kind has written."""
