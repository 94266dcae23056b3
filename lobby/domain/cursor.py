"""Cursors: a client's position in the log of a party or in its inbox, from which a stream resumes."""

from __future__ import annotations

import re

from lobby.domain.inbox import Inbox
from lobby.domain.model import Party
from lobby.domain.values import Instant
from lobby.struct import Struct

_PATTERN = re.compile(r"([0-9a-z]{1,32})(?:-(0|[1-9a-f][0-9a-f]{0,14}))?\.(0|[1-9][0-9]{0,14})", re.ASCII)


class Cursor(Struct):
    """The position after entry `seq` of the log `epoch`.

    The epoch makes resuming safe. In another party's log, or in the new log after a lost one, the same `seq` is another
    entry, and a client would skip or repeat entries without noticing. (centrifuge's stream positions are the same pair.)
    """

    epoch: str
    seq: int
    at: Instant | None = None
    """The time of the entry. An entry that took the place of a lost one, such as after a failover of the store, has another time:
    a later one, or an earlier one if its node's clock is behind. None in cursors of older versions."""

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}" if self.at is None else f"{self.epoch}-{self.at:x}.{self.seq}"

    @classmethod
    def of(cls, party: Party) -> Cursor:
        """The position after the newest entry of `party`."""
        return cls(party.epoch, party.version, party.changed_at)

    @classmethod
    def of_inbox(cls, inbox: Inbox, now: Instant) -> Cursor:
        """The position after the newest entry of `inbox`. An empty one has no entry with a time: `now` shows how old the cursor
        is, as inboxes are not kept for ever."""
        return cls(inbox.epoch, inbox.version, inbox.changed_at if inbox.version else now)

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """None for a text that no lobby server has sent as a cursor."""
        match = _PATTERN.fullmatch(text)
        return cls(match[1], int(match[3]), int(match[2], 16) if match[2] else None) if match else None

    def could_follow(self, seen: Party) -> bool:
        """`seen`: the party after entry `seq` of the log as it is now. False if that entry took the place of a lost one."""
        return self.at is None or seen.changed_at == self.at
