"""The small values that everything else is made of: times, ids, and the words with a fixed set of meanings."""

from __future__ import annotations

Instant = int
"""Milliseconds since 1970-01-01T00:00:00Z. Times are the server's own and are always passed in."""

PlayerId = str
PartyId = str
SessionId = str
