"""Partitions: each lies in one hash slot, so that everything in it can change in one atomic call."""

from __future__ import annotations

from binascii import crc_hqx
from hashlib import blake2b
from itertools import count

SLOTS = 16_384
"""Hash slots of a Valkey cluster. The slot of a key is the CRC16 of its hash tag, modulo this."""
CLUSTER_PARTITIONS = 16
"""Up to this many primaries can share the load of the parties. A question to all partitions takes as many calls."""


class Partitions:
    """`count` partitions. The keys of a store depend on the count, so it never changes for a store.

    A single server has one partition, so each commit needs only one call. A cluster has 16. Each lies in the middle of its own
    sixteenth of the slots, so that primaries with equal shares of the slots get equal shares of the partitions.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.names = tuple(f"lobby:{{{_tag(number, count)}}}" for number in range(count))
        self.slots = tuple(slot_of(name) for name in self.names)

    def of(self, id: str) -> int:
        """The partition of a party, a player, a join code or a session. Raises `UnicodeEncodeError`."""
        if self.count == 1:
            return 0
        return int.from_bytes(blake2b(id.encode(), digest_size=4).digest(), "big") % self.count


def slot_of(name: str) -> int:
    tag = name[name.index("{") + 1 : name.index("}")]
    return crc_hqx(tag.encode(), 0) % SLOTS


def _tag(number: int, partitions: int) -> str:
    """A hash tag whose slot lies in the share of partition `number`."""
    share = SLOTS // partitions
    return next(tag for tag in map(str, count()) if crc_hqx(tag.encode(), 0) % SLOTS // share == number)
