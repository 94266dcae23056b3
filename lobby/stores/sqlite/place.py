"""Where an entry lies in the file: one integer that sorts by party, and within a party by seq.

The key of the table and nothing else, so that a log lies together on its pages and needs no index of its own.
"""

from __future__ import annotations

SEQ_BITS = 31
SEQ_MAX = (1 << SEQ_BITS) - 1
SNAPSHOT_EVERY = 32
"""Every 32nd entry keeps the party as it stood then: reading from any entry on folds at most 31 others first."""


def place_of(serial: int, seq: int) -> int:
    return serial << SEQ_BITS | min(seq, SEQ_MAX)


def seq_of(place: int) -> int:
    return place & SEQ_MAX


def keeps_snapshot(seq: int) -> bool:
    """The first entry does; so a log always begins with one, as it is only ever cut before such an entry."""
    return seq % SNAPSHOT_EVERY == 1
