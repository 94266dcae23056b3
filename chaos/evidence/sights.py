"""What a player was shown of a party besides its stream."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from chaos.evidence.contents import Content


class SightKind(Enum):
    PARTY = "party"
    """A party, in the answer of a query or with a rejection."""
    ANSWER = "answer"
    """The answer of a mutation that went through."""
    HISTORY = "history"
    """One entry of `partyHistory`."""


class Sight(NamedTuple):
    """The party as of `seq`, as `viewer_id` was shown it."""

    kind: SightKind
    party_id: str
    seq: int
    viewer_id: str
    content: Content
