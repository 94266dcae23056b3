"""A position in one party's log, as a client carries it."""

from __future__ import annotations

import re

from lobby.value import Value

_WRITTEN = re.compile(r"([0-9a-z]{1,32})\.(0|[1-9][0-9]{0,14})", re.ASCII)


class Cursor(Value):
    """Right behind entry `seq` of the log `epoch`.

    The epoch makes it safe: after a lost log, or beside another party, the same seq would name another entry, and
    a client would silently skip or repeat. (The same pair as in centrifuge's stream positions.)
    """

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}"

    @classmethod
    def read(cls, written: str) -> Cursor | None:
        """None for what no server of ours has written."""
        match = _WRITTEN.fullmatch(written)
        return cls(match[1], int(match[2])) if match else None
