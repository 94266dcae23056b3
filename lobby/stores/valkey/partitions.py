"""Everything lies in one of a few partitions, each in one hash slot: what lies together can change together."""

from __future__ import annotations

from binascii import crc_hqx
from hashlib import blake2b
from itertools import count

SLOTS = 16_384
"""Of a Valkey cluster: the slot of a key is the CRC16 of its hash tag, modulo this."""
CLUSTER_PARTITIONS = 16
"""No more primaries than this share the load of the parties. A question to all partitions is that many calls."""


class Partitions:
    """`count` of them; what is stored depends on it, so that it is the same for the life of a store.

    One server has one partition: a commit is one call there, whatever it touches. A cluster has 16, each in the middle of its
    own sixteenth of the slots, so that primaries with equal shares of the slots have equal shares of the partitions.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.names = tuple(f"lobby:{{{_tag(number, count)}}}" for number in range(count))
        self.slots = tuple(slot_of(name) for name in self.names)

    def of(self, id: str) -> int:
        """The partition of a party, a player, a code or a session. Raises `UnicodeEncodeError`."""
        if self.count == 1:
            return 0
        return int.from_bytes(blake2b(id.encode(), digest_size=4).digest(), "big") % self.count


def slot_of(name: str) -> int:
    tag = name[name.index("{") + 1 : name.index("}")]
    return crc_hqx(tag.encode(), 0) % SLOTS


def _tag(number: int, partitions: int) -> str:
    share = SLOTS // partitions
    return next(tag for tag in map(str, count()) if crc_hqx(tag.encode(), 0) % SLOTS // share == number)
